// Loaded into kinesis-local by NODE_OPTIONS: listens at this machine's loopback address in place of all
// addresses, which kinesis-local has no setting for.
const { Server } = require("node:net");

const listen = Server.prototype.listen;

Server.prototype.listen = function (...words) {
  const isAll = (host) => host === "0.0.0.0" || host === "::";
  const local = words.map((word) => {
    if (isAll(word)) return "127.0.0.1";
    return word && isAll(word.host) ? { ...word, host: "127.0.0.1" } : word;
  });
  return listen.apply(this, local);
};
