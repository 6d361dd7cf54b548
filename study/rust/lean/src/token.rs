//! A token: its three segments, its signature, and then its claims.

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;
use hmac::Mac;
use serde::Deserialize;

use crate::claims::Claims;
use crate::policy::Policy;
use crate::Verdict;

/// A claims set of a usual token fits; a larger one is decoded on the heap.
const SCRATCH: usize = 2048;
const SIGNATURE: usize = 32;

#[derive(Deserialize)]
struct Header<'a> {
    alg: &'a str,
}

pub fn check(token: &[u8], policy: &Policy, now: f64) -> Verdict {
    match read(token, policy, now) {
        Some(true) => Verdict::Allowed,
        Some(false) => Verdict::InsufficientScope,
        None => Verdict::InvalidToken,
    }
}

/// Whether a valid token grants what the policy requires; nothing for a token that is not valid.
fn read(token: &[u8], policy: &Policy, now: f64) -> Option<bool> {
    let mut segments = token.split(|byte| *byte == b'.');
    let (header, claims, signature) = (segments.next()?, segments.next()?, segments.next()?);
    if segments.next().is_some() {
        return None;
    }
    with_decoded(header, |json| {
        let header: Header = serde_json::from_slice(json).ok()?;
        (header.alg == "HS256").then_some(())
    })?;

    let mut expected = [0; SIGNATURE + 2]; // the decoder asks for room in whole groups
    if URL_SAFE_NO_PAD.decode_slice(signature, &mut expected).ok()? != SIGNATURE {
        return None;
    }
    let mut mac = policy.mac.clone();
    mac.update(&token[..header.len() + 1 + claims.len()]);
    mac.verify_slice(&expected[..SIGNATURE]).ok()?;

    with_decoded(claims, |json| {
        let claims: Claims = serde_json::from_slice(json).ok()?;
        claims.hold(policy, now).then(|| claims.grant(&policy.required))
    })
}

fn with_decoded<T>(segment: &[u8], read: impl FnOnce(&[u8]) -> Option<T>) -> Option<T> {
    let mut scratch = [0; SCRATCH];
    if segment.len() <= SCRATCH {
        let length = URL_SAFE_NO_PAD.decode_slice(segment, &mut scratch).ok()?;
        return read(&scratch[..length]);
    }
    read(&URL_SAFE_NO_PAD.decode(segment).ok()?)
}
