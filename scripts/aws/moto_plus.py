"""moto's server with some gaps filled at start-up, so that the tests meet what S3 and ECR really do. Nothing of moto is copied or forked.

  python moto_plus.py [--host 127.0.0.1] [--port 0] [--enforce-iam]

Prints one line of JSON once it listens: {"port": 40123}. With --enforce-iam every request is checked, and the line also holds the keys of two
users: an administrator, and a stranger who may do nothing. MOTO_ECR_ENDPOINT=127.0.0.1:5001 makes ECR's tokens and repository URIs point at a registry of your own.
"""

import argparse
import base64
import datetime
import hashlib
import json
import logging
import os
import re
import signal
import sys
import threading

from moto import backends
from moto.s3 import models, responses
from moto.s3.exceptions import MissingKey, NoSuchUpload, PreconditionFailed, S3ClientError

S3 = responses.S3Response


# Conditional writes are atomic. moto's server answers each request in a thread of its own and looks before it writes.
writes = threading.RLock()


def in_turn(method):
    def locked(self, *args, **kwargs):
        with writes:
            return method(self, *args, **kwargs)

    return locked


# A body that does not have the checksum it came with is refused. moto believes the header.
class BadDigest(S3ClientError):
    code = "BadDigest"

    def __init__(self):
        super().__init__("BadDigest", "The SHA256 you specified did not match the calculated checksum.")


class ContentMismatch(S3ClientError):
    code = "XAmzContentSHA256Mismatch"

    def __init__(self):
        super().__init__("XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.")


def checked(method):
    def verified(self, *args, **kwargs):
        digest = hashlib.sha256(self.body or b"").digest()
        signed = self.headers.get("x-amz-content-sha256", "")
        if re.fullmatch("[0-9a-f]{64}", signed) and signed != digest.hex():
            raise ContentMismatch()
        claimed = self.headers.get("x-amz-checksum-sha256")
        if claimed is not None and base64.b64decode(claimed) != digest:
            raise BadDigest()
        return method(self, *args, **kwargs)

    return verified


put_object = S3.put_object


def put_with_checksum(self):
    # moto keeps a checksum only where the request also names its algorithm, which S3 does not ask for.
    claimed = self.headers.get("x-amz-checksum-sha256")
    answer = put_object(self)
    key = self.backend.get_object(self.bucket_name, self.parse_key_name())
    if claimed is not None and key is not None:
        key.checksum_algorithm, key.checksum_value = "SHA256", claimed
    return answer


S3.put_object = checked(in_turn(put_with_checksum))
S3.upload_part = checked(S3.upload_part)
S3.delete_object = in_turn(S3.delete_object)


# If-Match at the end of an upload, and NoSuchUpload for one that is not there: moto lacks the one and fails with 500 for the other.
# S3 may answer the repeated end of an upload as it did the first time, or with NoSuchUpload; here it is the latter, which is harder.
post = S3._key_response_post


def post_with_conditions(self, request, body, bucket_name, query, key_name):
    upload = query.get("uploadId", [None])[0]
    if upload is None or request.method != "POST":
        return post(self, request, body, bucket_name, query, key_name)
    expected = self.headers.get("If-Match")
    if expected is not None:
        present = self.backend.get_object(self.bucket_name, key_name)
        if present is None:
            raise MissingKey(key=key_name)
        if expected.strip('"') != present.etag.strip('"'):
            raise PreconditionFailed("If-Match")
    if upload not in self.backend.get_bucket(self.bucket_name).multiparts:
        raise NoSuchUpload(upload_id=upload)
    return post(self, request, body, bucket_name, query, key_name)


S3._key_response_post = in_turn(post_with_conditions)

upload_part = models.S3Backend.upload_part


def upload_part_somewhere(self, bucket_name, multipart_id, part_id, value):
    if multipart_id not in self.get_bucket(bucket_name).multiparts:
        raise NoSuchUpload(upload_id=multipart_id)
    return upload_part(self, bucket_name, multipart_id, part_id, value)


models.S3Backend.upload_part = upload_part_somewhere


# GET with partNumber answers with that part alone, its place in the object, and its own checksum. moto gives the whole object.
complete = models.FakeMultipart.complete


def complete_with_sizes(self, body):
    numbered = list(body)
    result = complete(self, iter(numbered))
    self.sizes = [self.parts[number].size for number, _ in numbered]
    return result


models.FakeMultipart.complete = complete_with_sizes


class InvalidPartNumber(S3ClientError):
    code = "InvalidPartNumber"

    def __init__(self):
        super().__init__("InvalidPartNumber", "The requested partnumber is not satisfiable")
        self.status_code = 416
        self.code = "InvalidPartNumber"


get_object = S3.get_object


def get_part(self):
    number = self._get_int_param("partNumber")
    status, headers, value = get_object(self)
    sizes = getattr(self.backend.get_object(self.bucket_name, self.parse_key_name()).multipart, "sizes", None)
    if not number or status == 304:
        return status, headers, value
    if sizes is None:
        # An object without bytes has no range.
        if not value:
            headers.pop("content-range", None)
        return status, headers, value
    if number > len(sizes):
        raise InvalidPartNumber()
    start = sum(sizes[: number - 1])
    part = value[start : start + sizes[number - 1]]
    headers.update(
        {
            "content-range": f"bytes {start}-{start + len(part) - 1}/{len(value)}",
            "content-length": str(len(part)),
            "x-amz-mp-parts-count": str(len(sizes)),
        }
    )
    if "x-amz-checksum-sha256" in headers:
        headers["x-amz-checksum-sha256"] = base64.b64encode(hashlib.sha256(part).digest()).decode()
    return 206, headers, part


S3.get_object = get_part


# Uploads tell when they were begun. For moto all of them were in 2010.
begin = models.FakeMultipart.__init__


def begin_now(self, *args, **kwargs):
    begin(self, *args, **kwargs)
    self.begun = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")


models.FakeMultipart.__init__ = begin_now

list_uploads = S3.list_multipart_uploads


def list_uploads_with_times(self):
    status, headers, body = list_uploads(self)
    uploads = self.backend.get_bucket(self.bucket_name).multiparts

    def begun(match):
        upload = uploads.get(re.search("<UploadId>(.*?)</UploadId>", match[0])[1])
        return re.sub("<Initiated>.*?</Initiated>", f"<Initiated>{upload.begun}</Initiated>", match[0])

    return status, headers, re.sub("<Upload>.*?</Upload>", begun, body, flags=re.DOTALL)


S3.list_multipart_uploads = list_uploads_with_times


# moto looks through its folder for its services at every request, which takes as long as a small request itself.
services = list(backends.list_of_moto_modules())
backends.list_of_moto_modules = lambda: iter(services)


# Keys may hold line breaks, which `.` does not match.
flask_paths = models.S3Backend.flask_paths.fget
models.S3Backend.flask_paths = property(
    lambda self: {path.replace('(".+")', r'("[\s\S]+")'): view for path, view in flask_paths(self).items()}
)


def point_ecr_at(endpoint):
    from moto.ecr import models as ecr_models
    from moto.ecr import responses as ecr_responses

    authorize = ecr_responses.ECRResponse.get_authorization_token

    def token_for_endpoint(self):
        answer = authorize(self)
        for data in answer.result["authorizationData"]:
            data["proxyEndpoint"] = f"{os.environ.get('MOTO_ECR_SCHEME', 'http')}://{endpoint}"
            data["expiresAt"] = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=12)
        return answer

    ecr_responses.ECRResponse.get_authorization_token = token_for_endpoint
    make = ecr_models.Repository.__init__

    def make_at_endpoint(self, *args, **kwargs):
        make(self, *args, **kwargs)
        self.uri = f"{endpoint}/{self.name}"

    ecr_models.Repository.__init__ = make_at_endpoint


def make_users():
    """One who may do everything, as with the checks on nobody else could make the first one; and one who may do nothing."""
    from moto import settings
    from moto.iam.models import iam_backends

    backend = iam_backends["123456789012"]["aws"]
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    keys = {}
    for name in ["administrator", "stranger"]:
        backend.create_user(region_name="us-east-1", user_name=name)
        key = backend.create_access_key(name)
        keys[name] = {"accessKeyId": key.access_key_id, "secretAccessKey": key.secret_access_key}
    backend.put_user_policy("administrator", "everything", json.dumps(everything))
    settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
    return keys


def main():
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
    from werkzeug.serving import make_server

    parser = argparse.ArgumentParser()
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--enforce-iam", action="store_true")
    options = parser.parse_args()
    if os.environ.get("MOTO_ECR_ENDPOINT"):
        point_ecr_at(os.environ["MOTO_ECR_ENDPOINT"])
    application = DomainDispatcherApplication(create_backend_app)
    server = make_server(options.host, options.port, application, threaded=True, request_handler=MotoRequestHandler)
    os.environ["MOTO_PORT"] = str(server.port)
    keys = make_users() if options.enforce_iam else {}
    # A line for each request would be all that one sees of a test.
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    print(json.dumps({"port": server.port, **keys}), flush=True)
    # Ends with the process that started it, however that ends: its standard input is closed then.
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    server.serve_forever()


if __name__ == "__main__":
    main()
