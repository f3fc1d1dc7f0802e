"""Debian's docker-registry (distribution 2.8) in a sandbox: plain, with TLS under an own CA, with htpasswd."""

import base64
import http.client
import json
import os
import ssl
import subprocess
import warnings

from .images import digest
from .processes import die_with_parent, run, wait_until
from .sandbox import ADDRESS

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import crypt  # the one bcrypt in the standard library


class Registry:
    def __init__(self, sandbox, port: int = 5000, tls: bool = False, user: tuple = None, host: str = None,
                 storage: str = None):
        self.sandbox, self.port, self.tls, self.user = sandbox, port, tls, user
        self.host = host or (ADDRESS if tls else "127.0.0.1")
        self.address = f"{self.host}:{port}"
        self.directory = sandbox.path(f"registry-{port}")
        self.storage = storage or os.path.join(self.directory, "data")
        os.makedirs(self.directory, exist_ok=True)
        os.makedirs(self.storage, exist_ok=True)
        self.process = None

    def path(self, *parts) -> str:
        return os.path.join(self.directory, *parts)

    def reference(self, repository: str) -> str:
        return f"{self.address}/{repository}"

    def start(self):
        configuration = {
            "version": "0.1", "log": {"level": "warn", "accesslog": {"disabled": True}},
            "storage": {"filesystem": {"rootdirectory": self.storage}, "delete": {"enabled": True}},
            "http": {"addr": f"0.0.0.0:{self.port}"},
        }
        if self.tls:
            self._make_certificates()
            configuration["http"]["tls"] = {"certificate": self.path("server.crt"), "key": self.path("server.key")}
        if self.user:
            name, password = self.user
            with open(self.path("htpasswd"), "w") as file:
                file.write(f"{name}:{crypt.crypt(password, crypt.mksalt(crypt.METHOD_BLOWFISH, rounds=16))}\n")
            configuration["auth"] = {"htpasswd": {"realm": "moonpool", "path": self.path("htpasswd")}}
        with open(self.path("config.yml"), "w") as file:
            json.dump(configuration, file)  # JSON is YAML
        with open(self.path("log"), "ab") as log:
            self.process = subprocess.Popen(
                self.sandbox.command("docker-registry", "serve", self.path("config.yml")), stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, env={**os.environ, "OTEL_TRACES_EXPORTER": "none"}, preexec_fn=die_with_parent)

        def answers():
            try:
                return self.request("GET", "/v2/")[0] == 200
            except OSError:
                return False

        wait_until(answers, 15, f"a registry on {self.address} (its log: {self.path('log')})")
        return self

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait()
            self.process = None

    def trust(self):
        """Puts the CA where engines look for it."""
        directory = os.path.join(self.sandbox.etc_docker, "certs.d", self.address)
        os.makedirs(directory, exist_ok=True)
        run("cp", self.path("ca.crt"), os.path.join(directory, "ca.crt"))

    def distrust(self):
        run("rm", "-rf", os.path.join(self.sandbox.etc_docker, "certs.d", self.address))

    def _make_certificates(self):
        def openssl(*args):
            run("openssl", *args)

        with open(self.path("extensions"), "w") as file:
            file.write(f"subjectAltName=IP:{self.host}\n")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "3650",
                "-subj", "/CN=Moonpool test CA", "-keyout", self.path("ca.key"), "-out", self.path("ca.crt"))
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=registry",
                "-keyout", self.path("server.key"), "-out", self.path("server.csr"))
        openssl("x509", "-req", "-in", self.path("server.csr"), "-CA", self.path("ca.crt"), "-CAkey",
                self.path("ca.key"), "-CAcreateserial", "-days", "3650", "-extfile", self.path("extensions"), "-out",
                self.path("server.crt"))

    # The distribution protocol, as a client without an engine

    def request(self, method: str, path: str, body: bytes = None, headers: dict = None):
        def call():
            if self.tls:
                context = ssl.create_default_context(cafile=self.path("ca.crt"))
                connection = http.client.HTTPSConnection(self.host, self.port, timeout=30, context=context)
            else:
                connection = http.client.HTTPConnection(self.host, self.port, timeout=30)
            try:
                sent = dict(headers or {})
                if self.user:
                    sent["Authorization"] = "Basic " + base64.b64encode(":".join(self.user).encode()).decode()
                connection.request(method, path, body=body, headers=sent)
                answer = connection.getresponse()
                return answer.status, dict(answer.getheaders()), answer.read()
            finally:
                connection.close()

        return self.sandbox.inside(call)

    def put_blob(self, repository: str, data: bytes) -> str:
        name = digest(data)
        if self.request("HEAD", f"/v2/{repository}/blobs/{name}")[0] == 200:
            return name
        status, headers, answer = self.request("POST", f"/v2/{repository}/blobs/uploads/")
        assert status == 202, answer
        location = headers["Location"].split(self.address, 1)[-1]
        joint = "&" if "?" in location else "?"
        status, _, answer = self.request(
            "PUT", f"{location}{joint}digest={name}", data, {"Content-Type": "application/octet-stream"})
        assert status == 201, answer
        return name

    def put_manifest(self, repository: str, tag: str, manifest: dict, media_type: str) -> str:
        body = json.dumps(manifest).encode()
        status, _, answer = self.request(
            "PUT", f"/v2/{repository}/manifests/{tag or digest(body)}", body, {"Content-Type": media_type})
        assert status == 201, answer
        return digest(body)

    def get_manifest(self, repository: str, reference: str, media_type: str) -> bytes:
        status, _, body = self.request("GET", f"/v2/{repository}/manifests/{reference}", headers={"Accept": media_type})
        assert status == 200, body
        return body

    def corrupt_blob(self, name: str):
        """Changes one byte of a stored blob, so that what is served does not match its digest."""
        algorithm, _, hex_ = name.partition(":")
        path = os.path.join(self.storage, "docker", "registry", "v2", "blobs", algorithm, hex_[:2], hex_, "data")
        with open(path, "r+b") as file:
            file.seek(-3, os.SEEK_END)
            byte = file.read(1)
            file.seek(-3, os.SEEK_END)
            file.write(bytes([byte[0] ^ 0xFF]))
