// Package oracle holds filter.Match and patch.Apply against two packages that other people wrote:
// scim2-parse-filter and scim-patch, from npm. It has tests only.
//
// Neither oracle is right: they know no schema and take a few rules of RFC 7644 otherwise. Each
// such rule is a row of a table (known), which says who decides and puts the oracle's answer right
// as far as this rule goes. A difference is explained if some rows together make the oracle agree;
// any other fails, and so does a row without which the oracle agrees as well. docs/oracles.md shows
// the tables.
//
// The packages are fetched by the script setup; where they are absent the tests are skipped, and
// fail if REQUIRE_BACKENDS=1.
package oracle
