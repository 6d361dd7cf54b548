;; What the loader asks of a module, and nothing behind it: any policy is good, any token is allowed.
;; The floor of load.js.
(module
  (memory (export "memory") 128)
  (func (export "_initialize"))
  (func (export "portcullis_abi_version") (result i32) (i32.const 1))
  (func (export "portcullis_input_buffer") (result i32) (i32.const 65536))
  (func (export "portcullis_input_capacity") (result i32) (i32.const 65536))
  (func (export "portcullis_output_buffer") (result i32) (i32.const 131072))
  (func (export "portcullis_output_capacity") (result i32) (i32.const 65536))
  (func (export "portcullis_create_verifier") (param i32 i32 i32 i32 i32) (result i32) (i32.const 1))
  (func (export "portcullis_verify_request") (param i32 i32 i32 i32 f64) (result i32) (i32.const 0))
  (func (export "portcullis_verify_token") (param i32 i32 i32 f64) (result i32) (i32.const 0)))
