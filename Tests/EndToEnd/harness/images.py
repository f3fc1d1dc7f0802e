"""Images for the tests: a busybox root, and images of any shape written straight into a registry."""

import functools
import gzip
import hashlib
import io
import json
import os
import subprocess
import tarfile
import tempfile

BUSYBOX = "/bin/busybox"
PASSWD = "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\nalice:x:1000:1000:Alice:/home:/bin/sh\n"
GROUP = "root:x:0:\nnogroup:x:65534:\nalice:x:1000:\nstaff:x:50:alice\n"


def entry(name: str, kind=tarfile.REGTYPE, mode=0o644, link="", uid=0, gid=0, **attributes) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.mode, info.linkname, info.uid, info.gid = kind, mode, link, uid, gid
    info.mtime = 1_700_000_000
    for key, value in attributes.items():
        setattr(info, key, value)
    return info


class Layer:
    """A layer being written: `layer.file("etc/hosts", "…").directory("srv").link("bin/sh", "busybox")`."""

    def __init__(self):
        self.buffer = io.BytesIO()
        self.tar = tarfile.open(fileobj=self.buffer, mode="w", format=tarfile.PAX_FORMAT)

    def add(self, info: tarfile.TarInfo, data: bytes = b""):
        info.size = len(data) if info.type == tarfile.REGTYPE else 0
        self.tar.addfile(info, io.BytesIO(data) if data else None)
        return self

    def file(self, name: str, data="", **options):
        return self.add(entry(name, **options), data.encode() if isinstance(data, str) else data)

    def directory(self, name: str, mode=0o755, **options):
        return self.add(entry(name, tarfile.DIRTYPE, mode=mode, **options))

    def link(self, name: str, target: str, **options):
        return self.add(entry(name, tarfile.SYMTYPE, mode=0o777, link=target, **options))

    def hard_link(self, name: str, target: str, **options):
        return self.add(entry(name, tarfile.LNKTYPE, link=target, **options))

    def whiteout(self, name: str):
        directory, _, base = name.rpartition("/")
        return self.file(f"{directory}/.wh.{base}" if directory else f".wh.{base}")

    def opaque(self, directory: str):
        return self.file(f"{directory}/.wh..wh..opq")

    def bytes(self) -> bytes:
        self.tar.close()
        return self.buffer.getvalue()


@functools.cache
def udp_echo() -> bytes:
    source = os.path.join(os.path.dirname(__file__), "udp_echo.c")
    with tempfile.TemporaryDirectory() as directory:
        subprocess.run(["cc", "-static", "-Os", "-s", "-o", f"{directory}/udp-echo", source], check=True)
        with open(f"{directory}/udp-echo", "rb") as file:
            return file.read()


def busybox_layer() -> Layer:
    """A root directory with Debian's static busybox and a UDP echo server."""
    layer = Layer()
    for directory in ("bin", "dev", "etc", "home", "proc", "root", "sbin", "sys", "usr", "usr/bin", "usr/sbin", "var"):
        layer.directory(directory)
    layer.directory("tmp", mode=0o1777)
    with open(BUSYBOX, "rb") as file:
        layer.file("bin/busybox", file.read(), mode=0o755)
    for applet in subprocess.run([BUSYBOX, "--list"], capture_output=True, text=True, check=True).stdout.split():
        if applet != "busybox":
            layer.link(f"bin/{applet}", "/bin/busybox")
    layer.file("bin/udp-echo", udp_echo(), mode=0o755)
    layer.file("etc/passwd", PASSWD).file("etc/group", GROUP)
    layer.directory("srv").file("srv/index.html", "a page from the moon pool\n")
    layer.directory("data").file("data/seed", "seeded by the image\n", uid=1000, gid=1000)
    return layer


def digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


OCI = {
    "manifest": "application/vnd.oci.image.manifest.v1+json",
    "index": "application/vnd.oci.image.index.v1+json",
    "config": "application/vnd.oci.image.config.v1+json",
    "layer": "application/vnd.oci.image.layer.v1.tar",
}
DOCKER = {
    "manifest": "application/vnd.docker.distribution.manifest.v2+json",
    "index": "application/vnd.docker.distribution.manifest.list.v2+json",
    "config": "application/vnd.docker.container.image.v1+json",
    "layer": "application/vnd.docker.image.rootfs.diff.tar",
}


def compress(data: bytes, method: str) -> bytes:
    if method == "gzip":
        return gzip.compress(data, 6, mtime=0)
    if method == "zstd":
        import zstandard

        return zstandard.ZstdCompressor(level=3).compress(data)
    return data


def layer_type(types: dict, method: str) -> str:
    if types is DOCKER:
        assert method == "gzip", "Docker's own manifests know gzip only"
        return types["layer"] + ".gzip"
    return types["layer"] + ("" if method == "none" else "+" + method)


def push_image(registry, repository: str, tag: str, layers: list, config=None, types=OCI, method="gzip",
               architecture="amd64", claimed=None) -> str:
    """Writes an image of uncompressed `layers` into the registry and returns its manifest's digest.

    `claimed` maps a layer's number to bytes that are stored instead of its own (for tests of what does not match)."""
    compressed = [compress(layer, method) for layer in layers]
    image = {
        "created": "2026-01-02T03:04:05Z", "architecture": architecture, "os": "linux",
        "config": {"Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"], "Cmd": ["sh"],
                   **(config or {})},
        "rootfs": {"type": "layers", "diff_ids": [digest((claimed or {}).get(n, layer)) for n, layer in enumerate(layers)]},
        "history": [{"created": "2026-01-02T03:04:05Z", "created_by": f"layer {n}"} for n, _ in enumerate(layers)],
    }
    encoded = json.dumps(image).encode()
    for blob in [*compressed, encoded]:
        registry.put_blob(repository, blob)
    manifest = {
        "schemaVersion": 2, "mediaType": types["manifest"],
        "config": {"mediaType": types["config"], "digest": digest(encoded), "size": len(encoded)},
        "layers": [
            {"mediaType": layer_type(types, method), "digest": digest(blob), "size": len(blob)} for blob in compressed],
    }
    return registry.put_manifest(repository, tag, manifest, types["manifest"])


def push_index(registry, repository: str, tag: str, manifests: list, types=OCI) -> str:
    """`manifests`: pairs of (digest, platform)."""
    entries = []
    for reference, platform in manifests:
        body = registry.get_manifest(repository, reference, types["manifest"])
        entries.append({"mediaType": types["manifest"], "digest": reference, "size": len(body), "platform": platform})
    return registry.put_manifest(
        repository, tag, {"schemaVersion": 2, "mediaType": types["index"], "manifests": entries}, types["index"])
