//! The policy's rules, as jsonwebtoken can check them.

use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{decode, Algorithm, DecodingKey, Validation};
use serde::Deserialize;

use crate::answer::Answer;

#[derive(Deserialize)]
struct Document {
    algorithms: Vec<Algorithm>,
    issuer: String,
    audience: String,
    keys: Vec<Key>,
    require: Require,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Key {
    Secret { secret: String },
    Public(Box<Jwk>),
}

#[derive(Deserialize)]
struct Require {
    permissions: RequiredPermissions,
}

#[derive(Deserialize)]
struct RequiredPermissions {
    all_of: Vec<String>,
}

/// The claims that the handler itself reads; the registered ones are checked by the library.
#[derive(Deserialize)]
struct Claims {
    #[serde(default)]
    permissions: Permissions,
}

#[derive(Default, Deserialize)]
#[serde(untagged)]
enum Permissions {
    List(Vec<String>),
    Text(String),
    #[default]
    Absent,
}

impl Permissions {
    fn grant(&self, permission: &str) -> bool {
        match self {
            Self::List(list) => list.iter().any(|granted| granted == permission),
            Self::Text(text) => text.split(' ').any(|granted| granted == permission),
            Self::Absent => false,
        }
    }
}

pub struct Policy {
    key: DecodingKey,
    validation: Validation,
    required: Vec<String>,
}

impl Policy {
    pub fn parse(text: &str) -> Result<Self, String> {
        let document: Document = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let ([algorithm], [key]) = (&document.algorithms[..], &document.keys[..]) else {
            return Err("expected one algorithm and one key".to_string());
        };
        let key = match key {
            Key::Secret { secret } => DecodingKey::from_secret(secret.as_bytes()),
            Key::Public(jwk) => DecodingKey::from_jwk(jwk).map_err(|error| error.to_string())?,
        };
        let mut validation = Validation::new(*algorithm);
        validation.set_issuer(&[document.issuer]);
        validation.set_audience(&[document.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        validation.validate_nbf = true;
        validation.leeway = 0;
        Ok(Self { key, validation, required: document.require.permissions.all_of })
    }

    pub fn check(&self, token: &str) -> Result<(), Answer> {
        let Ok(token) = decode::<Claims>(token, &self.key, &self.validation) else {
            return Err(Answer::InvalidToken);
        };
        if self.required.iter().all(|permission| token.claims.permissions.grant(permission)) {
            Ok(())
        } else {
            Err(Answer::InsufficientScope)
        }
    }
}
