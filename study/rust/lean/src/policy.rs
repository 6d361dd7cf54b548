//! The policy's rules, and the key with its pads already hashed.

use hmac::{Hmac, KeyInit};
use serde::Deserialize;
use sha2::Sha256;

#[derive(Deserialize)]
struct Document {
    algorithms: Vec<String>,
    issuer: String,
    audience: String,
    keys: Vec<Key>,
    require: Require,
}

#[derive(Deserialize)]
struct Key {
    secret: String,
}

#[derive(Deserialize)]
struct Require {
    permissions: RequiredPermissions,
}

#[derive(Deserialize)]
struct RequiredPermissions {
    all_of: Vec<String>,
}

pub struct Policy {
    pub mac: Hmac<Sha256>,
    pub issuer: String,
    pub audience: String,
    pub required: Vec<String>,
}

impl Policy {
    pub fn parse(text: &[u8]) -> Option<Self> {
        let document: Document = serde_json::from_slice(text).ok()?;
        let ([algorithm], [key]) = (&document.algorithms[..], &document.keys[..]) else { return None };
        if algorithm != "HS256" {
            return None;
        }
        Some(Self {
            mac: Hmac::new_from_slice(key.secret.as_bytes()).ok()?,
            issuer: document.issuer,
            audience: document.audience,
            required: document.require.permissions.all_of,
        })
    }
}
