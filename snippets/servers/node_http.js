// HTTP with Node.js: node node_http.js
const http = require('node:http');

const seconds = (name, unset) => 1000 * Number(process.env[name] ?? unset);
const DELAY = seconds('ACCEPTS_AFTER_SIGTERM', 10); // 0 behind a preStop hook
const LIMIT = seconds('APP_SHUTDOWN', 25); // SIGTERM to exit, delay included
let leaving = false;

const server = http.createServer((request, response) => {
  request.resume(); // your work
  request.on('end', () => {
    if (leaving) response.setHeader('Connection', 'close');
    response.writeHead(204).end();
  });
});
// The default, 5 s, closes connections that a proxy is about to use again. Envoy lets go of an idle one after an hour.
server.keepAliveTimeout = 3_660_000;
server.requestTimeout = 0; // the default ends uploads that take longer than 300 s

function stop() {
  if (leaving) return;
  leaving = true;
  setTimeout(() => process.exit(0), LIMIT - 1000); // 1 s is for the exit
  setTimeout(() => {
    server.close(() => process.exit(0)); // when the last connection has gone
    server.closeIdleConnections(); // Node.js before 19 leaves them open
  }, DELAY);
}
process.on('SIGTERM', stop);
process.on('SIGINT', stop);
server.listen(Number(process.env.PORT ?? 8080));
