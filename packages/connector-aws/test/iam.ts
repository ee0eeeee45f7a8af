// Users and roles on the simulator that enforces IAM. Its API is called by hand: the SDK's client of IAM is no dependency of ours.
import { createHash, createHmac, randomUUID } from "node:crypto";
import { type AccessKey, account, iamEndpoint } from "./aws-here.ts";

export interface Statement {
  readonly Effect: "Allow" | "Deny";
  readonly Action: string | readonly string[];
  readonly Resource?: string;
  readonly Principal?: { readonly AWS: string } | { readonly Federated: string };
  readonly Condition?: { readonly [test: string]: { readonly [key: string]: string } };
}

/** A user with these rights and no others. */
export async function newUser(...statements: readonly Statement[]): Promise<AccessKey & { readonly arn: string }> {
  const name = `user-${randomUUID()}`;
  await iam({ Action: "CreateUser", UserName: name });
  if (statements.length > 0)
    await iam({ Action: "PutUserPolicy", UserName: name, PolicyName: "rights", PolicyDocument: document(statements) });
  return { ...(await newKey(name)), arn: `arn:aws:iam::${account}:user/${name}` };
}

/** Its ARN. */
export async function newRole(trust: Statement, ...statements: readonly Statement[]): Promise<string> {
  const name = `role-${randomUUID()}`;
  await iam({ Action: "CreateRole", RoleName: name, AssumeRolePolicyDocument: document([trust]) });
  if (statements.length > 0)
    await iam({ Action: "PutRolePolicy", RoleName: name, PolicyName: "rights", PolicyDocument: document(statements) });
  return `arn:aws:iam::${account}:role/${name}`;
}

function document(statements: readonly Statement[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}

async function newKey(user: string): Promise<AccessKey> {
  const text = await iam({ Action: "CreateAccessKey", UserName: user });
  const [, accessKeyId = ""] = /<AccessKeyId>(.*?)</u.exec(text) ?? [];
  const [, secretAccessKey = ""] = /<SecretAccessKey>(.*?)</u.exec(text) ?? [];
  return { accessKeyId, secretAccessKey };
}

/** The administrator that the simulator was started with. */
function administrator(): AccessKey {
  const [accessKeyId = "", secretAccessKey = ""] = (process.env["ZENLITE_TEST_AWS_IAM_KEYS"] ?? "").split(":");
  return { accessKeyId, secretAccessKey };
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
async function iam(parameters: { readonly Action: string; readonly [name: string]: string }): Promise<string> {
  const { accessKeyId, secretAccessKey } = administrator();
  const url = new URL(iamEndpoint);
  const body = Object.entries({ ...parameters, Version: "2010-05-08" })
    .map(([name, value]) => `${name}=${encode(value)}`)
    .join("&");
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d+/gu, "");
  const scope = `${time.slice(0, 8)}/us-east-1/iam/aws4_request`;
  const type = "application/x-www-form-urlencoded";
  const signed = "content-type;host;x-amz-date";
  const request = `POST\n/\n\ncontent-type:${type}\nhost:${url.host}\nx-amz-date:${time}\n\n${signed}\n${sha256(body)}`;
  const key = scope.split("/").reduce<string | Buffer>((from, part) => hmac(from, part), `AWS4${secretAccessKey}`);
  const signature = Buffer.from(hmac(key, `AWS4-HMAC-SHA256\n${time}\n${scope}\n${sha256(request)}`)).toString("hex");
  const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${signed}, Signature=${signature}`;
  const headers = { authorization, "content-type": type, "x-amz-date": time };
  const response = await fetch(url, { method: "POST", headers, body });
  const text = await response.text();
  if (!response.ok) throw new Error(`${parameters.Action}: ${response.status} ${text}`);
  return text;
}

/** As Python writes it: the simulator signs what it has read and written anew. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/gu,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
