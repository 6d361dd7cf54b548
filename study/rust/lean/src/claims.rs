//! The claims that the policy reads.

use std::borrow::Cow;

use serde::Deserialize;

use crate::policy::Policy;

#[derive(Deserialize)]
pub struct Claims<'a> {
    #[serde(borrow)]
    iss: Cow<'a, str>,
    #[serde(borrow)]
    aud: OneOrMore<'a>,
    exp: f64,
    nbf: Option<f64>,
    #[serde(borrow, default)]
    permissions: Option<OneOrMore<'a>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore<'a> {
    #[serde(borrow)]
    One(Cow<'a, str>),
    More(Vec<Cow<'a, str>>),
}

impl Claims<'_> {
    /// Whether the registered claims are as the policy asks.
    pub fn hold(&self, policy: &Policy, now: f64) -> bool {
        let meant = match &self.aud {
            OneOrMore::One(audience) => *audience == policy.audience,
            OneOrMore::More(list) => list.iter().any(|audience| *audience == policy.audience),
        };
        meant && self.iss == policy.issuer && now < self.exp && self.nbf.is_none_or(|begin| now >= begin)
    }

    /// Whether all that is required is granted.
    pub fn grant(&self, required: &[String]) -> bool {
        required.iter().all(|permission| match &self.permissions {
            Some(OneOrMore::One(text)) => text.split(' ').any(|granted| granted == permission),
            Some(OneOrMore::More(list)) => list.iter().any(|granted| granted == permission),
            None => false,
        })
    }
}
