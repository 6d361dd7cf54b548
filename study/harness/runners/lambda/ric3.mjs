// Starts aws-lambda-ric 3, whose own command takes the handler from the working folder only: ric3.mjs <its index.mjs>.

const { run } = await import(process.argv[2]);
await run(process.env.LAMBDA_TASK_ROOT, process.env._HANDLER);
