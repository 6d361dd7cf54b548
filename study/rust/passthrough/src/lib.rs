//! The handler that does nothing, through WASM: reads the event into typed structs and gives its request back.
//! It is asynchronous because the published one is.

use cloudfront::{find_request, read_request, to_js};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
pub async fn handler(event: JsValue, _context: JsValue) -> Result<JsValue, JsValue> {
    match read_request(&event) {
        Some(request) => to_js(&request),
        None => find_request(&event).ok_or_else(|| JsValue::from_str("the event has no request")),
    }
}
