// Loaded into kinesis-local by NODE_OPTIONS. Replaces listening on all addresses by listening on the loopback
// address, because kinesis-local has no setting for that.
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
