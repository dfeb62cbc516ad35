// One suite, or some files of it, with the infrastructure it needs:
//   node tools/test.mjs integration libs/actions/sql
process.argv.splice(2, 0, 'suite');
await import('./setup.mjs');
