const http = require("node:http");
const ms = require("ms");
const { green } = require("picocolors");

const server = http.createServer((_, response) => response.end(`up for ${ms(process.uptime() * 1000)}\n`));
if (require.main === module) server.listen(8080, () => console.log(green("listening on 8080")));
