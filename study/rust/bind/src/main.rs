//! `wasm-bindgen --target nodejs` without the rest of its program, most of which runs tests in browsers and takes
//! minutes to compile: bind <module.wasm> <folder>

use std::env::args;
use std::process::ExitCode;

use wasm_bindgen_cli_support::Bindgen;

fn main() -> ExitCode {
    let (Some(module), Some(folder)) = (args().nth(1), args().nth(2)) else {
        eprintln!("usage: bind MODULE FOLDER");
        return ExitCode::from(2);
    };
    let mut bindgen = Bindgen::new();
    let made = bindgen.input_path(module).nodejs(true).and_then(|bindgen| bindgen.typescript(false).generate(folder));
    match made {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:?}");
            ExitCode::FAILURE
        }
    }
}
