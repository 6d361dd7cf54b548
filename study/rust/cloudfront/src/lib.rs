//! CloudFront's viewer-request event as typed structs, and the ways across the boundary: an object comes in
//! member by member (serde-wasm-bindgen) and goes out as JSON text, which the host parses.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

#[derive(Deserialize)]
pub struct Event {
    #[serde(rename = "Records")]
    pub records: Vec<Record>,
}

#[derive(Deserialize)]
pub struct Record {
    pub cf: Cf,
}

#[derive(Deserialize)]
pub struct Cf {
    pub request: Request,
}

/// Everything that a viewer request without its body has. A member that is absent must stay absent:
/// CloudFront refuses `null`.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_ip: Option<String>,
    pub headers: HashMap<String, Vec<Header>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub querystring: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
}

#[derive(Deserialize, Serialize)]
pub struct Header {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    pub value: String,
}

/// The request of an event, or nothing when the event does not have these types.
pub fn read_request(event: &JsValue) -> Option<Request> {
    let event: Event = serde_wasm_bindgen::from_value(event.clone()).ok()?;
    event.records.into_iter().next().map(|record| record.cf.request)
}

/// Plain objects: a `Map`, which serde-wasm-bindgen makes of a map by default, is lost in the JSON that the
/// runtime sends back.
pub fn to_js(value: &impl Serialize) -> Result<JsValue, JsValue> {
    let text = serde_json::to_string(value).map_err(|error| JsValue::from_str(&error.to_string()))?;
    js_sys::JSON::parse(&text)
}

/// `Records[0].cf.request` of an event that does not have the types above.
pub fn find_request(event: &JsValue) -> Option<JsValue> {
    let member = |object: &JsValue, name: &str| js_sys::Reflect::get(object, &JsValue::from_str(name)).ok();
    let records = member(event, "Records")?;
    let record = js_sys::Reflect::get_u32(&records, 0).ok()?;
    member(&member(&record, "cf")?, "request").filter(JsValue::is_object)
}
