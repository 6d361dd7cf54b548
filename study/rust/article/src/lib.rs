//! The verifying handler of the article, in our own words and right: jsonwebtoken over ring, the whole event in,
//! the answer out through a callback. What differs from the article is in contenders/rust-article/README.md.

mod answer;
mod policy;

use std::cell::OnceCell;

use cloudfront::{find_request, read_request, to_js, Request};
use wasm_bindgen::prelude::*;

use answer::Answer;
use policy::Policy;

thread_local! {
    static POLICY: OnceCell<Policy> = const { OnceCell::new() };
}

/// Takes the policy, once, before the first event.
#[wasm_bindgen]
pub fn configure(policy: &str) -> Result<(), JsValue> {
    let policy = Policy::parse(policy).map_err(|error| JsValue::from_str(&error))?;
    POLICY.with(|cell| cell.set(policy).map_err(|_| JsValue::from_str("the policy is there already")))
}

/// Calls back with the request, rebuilt from the typed structs, or with a response.
#[wasm_bindgen]
pub fn auth_handler(event: &JsValue, callback: &js_sys::Function) -> Result<(), JsValue> {
    let reply = match read_request(event) {
        Some(request) => match judge(&request) {
            Ok(()) => to_js(&request)?,
            Err(answer) => to_js(&answer.response())?,
        },
        None => to_js(&judge_untyped(event).response())?,
    };
    callback.call2(&JsValue::NULL, &JsValue::NULL, &reply)?;
    Ok(())
}

fn judge(request: &Request) -> Result<(), Answer> {
    let values = request.headers.get("authorization").map_or(&[][..], Vec::as_slice);
    let value = match values {
        [] => return Err(Answer::CredentialMissing),
        [only] => only.value.as_str(),
        _ => return Err(Answer::InvalidToken),
    };
    let token = find_token(value)?;
    POLICY.with(|cell| cell.get().ok_or(Answer::Fault)?.check(token))
}

/// The token of `Bearer <token>`.
fn find_token(value: &str) -> Result<&str, Answer> {
    const SCHEME: &str = "bearer";
    let Some((scheme, rest)) = value.split_at_checked(SCHEME.len()) else {
        return Err(if value.is_empty() { Answer::InvalidToken } else { Answer::CredentialMissing });
    };
    if !scheme.eq_ignore_ascii_case(SCHEME) || !(rest.is_empty() || rest.starts_with(' ')) {
        return Err(Answer::CredentialMissing);
    }
    let token = rest.trim_start_matches(' ');
    if token.is_empty() {
        Err(Answer::InvalidToken)
    } else {
        Ok(token)
    }
}

/// An event that is not as CloudFront sends it: never allowed, and the answer says why.
fn judge_untyped(event: &JsValue) -> Answer {
    let Some(request) = find_request(event) else { return Answer::Fault };
    let member = |object: &JsValue, name: &str| {
        js_sys::Reflect::get(object, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
    };
    let absent = |value: &JsValue| value.is_null() || value.is_undefined();
    let headers = member(&request, "headers");
    if absent(&headers) || absent(&member(&headers, "authorization")) {
        return Answer::CredentialMissing;
    }
    Answer::InvalidToken
}
