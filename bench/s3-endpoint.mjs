// An S3 endpoint that costs next to nothing, for bench/s3.mjs: it throws away what is written under `big`, reads it as zeros, and keeps small objects.
import { createHash } from "node:crypto";
import { createServer } from "node:http";

const partBytes = 8 * 1024 ** 2;
const block = Buffer.alloc(partBytes);
const checksum = (bytes) => createHash("sha256").update(bytes).digest("base64");
const blockChecksum = checksum(block);

/** Listens in this process and tells its port to the parent. Sizes: of the object that `big` is read as. */
const bigBytes = Number(process.argv[2]);
const bigHash = createHash("sha256");
for (let hashed = 0; hashed < bigBytes; hashed += partBytes) bigHash.update(block);
const bigChecksum = bigHash.digest("base64");
const objects = new Map();

const xml = (name, body) => `<?xml version="1.0" encoding="UTF-8"?><${name}>${body}</${name}>`;

/** `partNumber`, a range, or all of an object that is zeros. */
function sendBig(request, response, query, whole) {
  const part = Number(query.get("partNumber") ?? 0);
  const range = /bytes=(\d+)-(\d*)/.exec(request.headers.range ?? "");
  const start = part > 0 ? (part - 1) * partBytes : Number(range?.[1] ?? 0);
  const end = part > 0 ? Math.min(bigBytes, start + partBytes) : range?.[2] ? Number(range[2]) + 1 : bigBytes;
  const partial = part > 0 || range !== null;
  response.writeHead(partial ? 206 : 200, {
    "content-length": end - start,
    etag: '"big-128"',
    ...(partial ? { "content-range": `bytes ${start}-${end - 1}/${bigBytes}` } : {}),
    // As S3 has it for an object that was written by one request.
    ...(whole ? { "x-amz-checksum-sha256": bigChecksum } : {}),
    ...(part > 0 ? { "x-amz-mp-parts-count": bigBytes / partBytes, "x-amz-checksum-sha256": blockChecksum } : {}),
  });
  let sent = start;
  const send = () => {
    while (sent < end) {
      const next = block.subarray(0, Math.min(256 * 1024, end - sent));
      sent += next.length;
      if (!response.write(next)) return void response.once("drain", send);
    }
    response.end();
  };
  send();
}

function list(response, query) {
  const prefix = query.get("prefix") ?? "";
  const after = query.get("continuation-token") ?? query.get("start-after") ?? "";
  const keys = [...objects.keys()].filter((key) => key.startsWith(prefix) && key > after).sort();
  const page = keys.slice(0, 1000);
  const rows = page.map((key) => `<Contents><Key>${key}</Key><Size>${objects.get(key).body.length}</Size></Contents>`);
  const more = keys.length > page.length;
  response.end(
    xml(
      "ListBucketResult",
      `<KeyCount>${page.length}</KeyCount><IsTruncated>${more}</IsTruncated>${more ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : ""}${rows.join("")}`,
    ),
  );
}

async function take(request, keep) {
  const chunks = [];
  for await (const chunk of request) if (keep) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function handle(request, response) {
  const { pathname, searchParams: query } = new URL(request.url, "http://endpoint");
  const key = decodeURIComponent(pathname.split("/").slice(2).join("/"));
  if (request.method === "PUT") {
    const body = await take(request, !key.endsWith("big"));
    if (!key.endsWith("big")) objects.set(key, { body, checksum: checksum(body) });
    return response.setHeader("etag", '"written"').end();
  }
  if (request.method === "POST") {
    await take(request, false);
    return response.end(
      query.has("uploads")
        ? xml("InitiateMultipartUploadResult", "<UploadId>upload</UploadId>")
        : xml("CompleteMultipartUploadResult", '<ETag>"big-128"</ETag>'),
    );
  }
  if (request.method === "DELETE") return response.writeHead(204).end();
  if (key === "") return list(response, query);
  if (key.endsWith("big")) return sendBig(request, response, query, key.includes("whole"));
  const found = objects.get(key);
  if (found === undefined) return response.writeHead(404).end(xml("Error", "<Code>NoSuchKey</Code>"));
  response.setHeader("etag", '"small"').setHeader("x-amz-checksum-sha256", found.checksum);
  response.setHeader("content-length", found.body.length).end(found.body);
}

const server = createServer((request, response) => void handle(request, response));
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => process.send(server.address().port));
process.on("disconnect", () => process.exit());
