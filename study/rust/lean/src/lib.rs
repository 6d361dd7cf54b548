//! HS256 over a C ABI: the host writes bytes into one fixed buffer and gets a number back. No wasm-bindgen, no
//! import, no clock. The host walks the event and renders the answers.

mod claims;
mod policy;
mod token;

use std::cell::{OnceCell, UnsafeCell};

use policy::Policy;

/// More than a policy or a token may have. A longer token is refused by the host.
const CAPACITY: usize = 64 * 1024;

/// What `verify` tells. The numbers are the glue's as well.
#[repr(i32)]
#[derive(Clone, Copy)]
pub enum Verdict {
    Allowed = 0,
    InvalidToken = 1,
    InsufficientScope = 2,
    NotConfigured = 3,
}

struct Buffer(UnsafeCell<[u8; CAPACITY]>);
// SAFETY: the module has one thread.
unsafe impl Sync for Buffer {}

static INPUT: Buffer = Buffer(UnsafeCell::new([0; CAPACITY]));

thread_local! {
    static POLICY: OnceCell<Policy> = const { OnceCell::new() };
}

/// The address of the input buffer.
#[no_mangle]
pub extern "C" fn input() -> *mut u8 {
    INPUT.0.get().cast()
}

#[no_mangle]
pub extern "C" fn capacity() -> usize {
    CAPACITY
}

/// Takes the policy from the input buffer, once. 0 means that it can be used.
#[no_mangle]
pub extern "C" fn configure(length: usize) -> i32 {
    let taken = Policy::parse(input_bytes(length)).map(|policy| POLICY.with(|cell| cell.set(policy)));
    input_bytes(length).fill(0); // it holds the secret
    i32::from(!matches!(taken, Some(Ok(()))))
}

/// Judges the token in the input buffer at a time in seconds since the epoch.
#[no_mangle]
pub extern "C" fn verify(length: usize, now: f64) -> Verdict {
    POLICY.with(|cell| match cell.get() {
        Some(policy) => token::check(input_bytes(length), policy, now),
        None => Verdict::NotConfigured,
    })
}

fn input_bytes(length: usize) -> &'static mut [u8] {
    // SAFETY: one thread, no function above is entered twice, and none of them keeps the slice.
    unsafe { &mut (&mut *INPUT.0.get())[..length.min(CAPACITY)] }
}
