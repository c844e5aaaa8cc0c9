'use strict';

// Answers questions, one JSON object a line, until stdin reaches its end:
//
//   {"resource": {...}, "filter": "..."}       {"matches": true}
//   {"resource": {...}, "operation": {...}}    {"resource": {...}}, the resource after this PATCH operation
//
// or {"refused": TYPE} to either, TYPE being a scimType of RFC 7644 table 9 as far as the package tells one.

const readline = require('node:readline');

const { scimPatch } = require('scim-patch');
const { filter, parse } = require('scim2-parse-filter');

function answer({ resource, filter: text, operation }) {
  if (operation) return { resource: scimPatch(resource, [operation]) };
  return { matches: filter(parse(text))(resource) };
}

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  let said;
  try {
    said = answer(JSON.parse(line));
  } catch (error) {
    said = { refused: error.scimCode ?? 'invalidSyntax' };
  }
  process.stdout.write(JSON.stringify(said) + '\n');
});
