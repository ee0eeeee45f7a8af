// AWS's own words, as its documentation and users show them, into ours. The simulators say less.
import { inspect } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ZenliteError } from "@zenlite/core";
import { explainAws } from "../src/aws-error.ts";

const asked = { action: "ecr:CreateRepository", resource: "arn:aws:ecr:eu-central-1:123456789012:repository/asked" };

function thrown(name: string, message: string, more: object = {}): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode: 400 }, ...more });
}

function explained(error: Error): ZenliteError {
  const found = explainAws(error, asked);
  if (!(found instanceof ZenliteError)) throw error;
  return found;
}

const user = "arn:aws:iam::123456789012:user/me";
const role = "arn:aws:sts::123456789012:assumed-role/Developer/me@example.com";
const bucket = "arn:aws:s3:::my-bucket";
const repository = "arn:aws:ecr:eu-central-1:123456789012:repository/zenlite-packages";

test.each([
  [
    `User: ${user} is not authorized to perform: ecr:InitiateLayerUpload on resource: ${repository} because no identity-based policy allows the ecr:InitiateLayerUpload action`,
    `AWS denies ecr:InitiateLayerUpload on ${repository} to ${user}.`,
    `Add to a policy of ${user}: {"Effect":"Allow","Action":"ecr:InitiateLayerUpload","Resource":"${repository}"}`,
  ],
  [
    `User: ${role} is not authorized to perform: s3:ListBucket on resource: ${bucket} because no session policy allows the s3:ListBucket action`,
    `AWS denies s3:ListBucket on ${bucket} to ${role}.`,
    `The session policy leaves it out. Add to session_policy: {"Effect":"Allow","Action":"s3:ListBucket","Resource":"${bucket}"}`,
  ],
  [
    `User: ${user} is not authorized to perform: s3:ListAllMyBuckets because no permissions boundary allows the s3:ListAllMyBuckets action`,
    `AWS denies s3:ListAllMyBuckets on ${asked.resource} to ${user}.`,
    `The permissions boundary leaves it out. Add to it: {"Effect":"Allow","Action":"s3:ListAllMyBuckets","Resource":"${asked.resource}"}`,
  ],
  [
    `User: ${user} is not authorized to perform: ecr:CreateRepository on resource: * with an explicit deny in a service control policy`,
    `AWS denies ecr:CreateRepository on * to ${user}.`,
    "It is denied explicitly (with an explicit deny in a service control policy): that policy must change, allowing it in another one does not help.",
  ],
  [
    "Access Denied",
    `AWS denies ${asked.action} on ${asked.resource} to the caller.`,
    `Add to a policy of the caller: ${JSON.stringify({ Effect: "Allow", Action: asked.action, Resource: asked.resource })}`,
  ],
])("denied: %s", (said, message, hint) => {
  for (const name of ["AccessDenied", "AccessDeniedException"])
    expect(explained(thrown(name, said))).toMatchObject({
      code: "ZENLITE_AWS_DENIED",
      message,
      hint,
      fault: "environment",
    });
});

test.each([
  ["Throttling", "ZENLITE_AWS_THROTTLED"],
  ["RequestTimeTooSkewed", "ZENLITE_AWS_CLOCK"],
  ["ExpiredTokenException", "ZENLITE_AWS_EXPIRED"],
  ["UnrecognizedClientException", "ZENLITE_AWS_KEY_WRONG"],
  ["TimeoutError", "ZENLITE_AWS_UNREACHABLE"],
  ["ValidationException", "ZENLITE_AWS_FAILED"],
])("%s", (name, code) => {
  expect(explained(thrown(name, "words of AWS"))).toMatchObject({ code, fault: "environment" });
});

test("an answer that is not AWS's is told as that", () => {
  const error = thrown(
    "SyntaxError",
    "Unexpected token '<', \"<html>\" is not valid JSON\n  Deserialization error: …",
    {
      $metadata: { httpStatusCode: 407 },
    },
  );
  expect(explained(error)).toMatchObject({
    code: "ZENLITE_AWS_UNREACHABLE",
    message: expect.stringContaining("HTTP 407"),
  });
});

test("an error of ours, and what is no error, stay as they are", () => {
  const own = new ZenliteError("ZENLITE_NOT_FOUND", "it is gone");
  expect(explainAws(own, asked)).toBe(own);
  expect(explainAws("a text", asked)).toBe("a text");
});

test("whatever AWS repeats of the request, no signature error shows it", () => {
  const name = fc.constantFrom(
    "SignatureDoesNotMatch",
    "InvalidSignatureException",
    "IncompleteSignature",
    "InvalidToken",
  );
  fc.assert(
    fc.property(name, fc.stringMatching(/^[A-Za-z0-9/+]{20,40}$/u), (name, key) => {
      const canonical = `The Canonical String for this request should have been 'POST\n/\n\nx-amz-security-token:${key}'`;
      const answer = { headers: { authorization: `AWS4-HMAC-SHA256 Credential=${key}/eu` }, body: key };
      const error = explained(thrown(name, canonical, { AWSAccessKeyId: key, StringToSign: key, $response: answer }));
      expect(inspect(error, { depth: Infinity, showHidden: true })).not.toContain(key);
    }),
  );
});

test.each([
  "AccessDenied",
  "Throttling",
  "RequestTimeTooSkewed",
  "TimeoutError",
  "ValidationException",
  "CredentialsProviderError",
])("%s keeps the name and the words, but not the whole answer of AWS", (name) => {
  const error = explained(thrown(name, "words", { AWSAccessKeyId: "AKIAPLANTED", $response: { body: "planted" } }));
  expect(inspect(error, { depth: Infinity, showHidden: true })).not.toMatch(/planted/iu);
  expect(error.cause).toMatchObject({ name, message: "words" });
});
