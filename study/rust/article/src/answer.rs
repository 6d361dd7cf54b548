//! Why a request is refused, and the response that says so.

use serde::Serialize;

pub enum Answer {
    CredentialMissing,
    InvalidToken,
    InsufficientScope,
    Fault,
}

#[derive(Serialize)]
pub struct Response {
    status: &'static str,
    #[serde(rename = "statusDescription")]
    description: &'static str,
    headers: Headers,
    body: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Headers {
    content_type: [Header; 1],
    cache_control: [Header; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    www_authenticate: Option<[Header; 1]>,
}

#[derive(Serialize)]
struct Header {
    key: &'static str,
    value: &'static str,
}

impl Answer {
    pub fn response(&self) -> Response {
        let (status, description, body, challenge) = match self {
            Self::CredentialMissing => {
                ("401", "Unauthorized", r#"{"error":"unauthorized"}"#, Some(r#"Bearer realm="portcullis""#))
            }
            Self::InvalidToken => (
                "401",
                "Unauthorized",
                r#"{"error":"invalid_token"}"#,
                Some(r#"Bearer realm="portcullis", error="invalid_token""#),
            ),
            Self::InsufficientScope => (
                "403",
                "Forbidden",
                r#"{"error":"insufficient_scope"}"#,
                Some(r#"Bearer realm="portcullis", error="insufficient_scope""#),
            ),
            Self::Fault => ("500", "Internal Server Error", r#"{"error":"internal_server_error"}"#, None),
        };
        let headers = Headers {
            content_type: [Header { key: "Content-Type", value: "application/json" }],
            cache_control: [Header { key: "Cache-Control", value: "no-store" }],
            www_authenticate: challenge.map(|value| [Header { key: "WWW-Authenticate", value }]),
        };
        Response { status, description, headers, body }
    }
}
