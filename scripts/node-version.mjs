/** Says in one sentence what is missing when this checkout is run by too old a Node. */
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 19)) {
  console.error(
    `keda-medic needs Node >= 22.19, this is ${process.version}: on Linux "npm ci" brings Node 24 along for npm scripts, elsewhere install it first.`,
  );
  process.exit(2);
}
