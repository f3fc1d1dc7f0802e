"""Layers that try to write outside their directory: a clear error, nothing written, nothing left."""

import os
import tarfile

import pytest

from harness.images import Layer, busybox_layer, entry, push_image
from harness.processes import unique


def escape_by_parent(target: str) -> Layer:
    return Layer().file("../" * 12 + target.lstrip("/"), "escaped\n")


def escape_by_absolute_path(target: str) -> Layer:
    return Layer().file(target, "escaped\n")


def escape_by_link_swap(target: str) -> Layer:
    return Layer().link("swap", os.path.dirname(target)).file("swap/" + os.path.basename(target), "escaped\n")


def escape_by_relative_link_swap(target: str) -> Layer:
    return Layer().directory("d").link("d/swap", "../" * 14 + os.path.dirname(target).lstrip("/")).file(
        "d/swap/" + os.path.basename(target), "escaped\n")


def escape_by_hard_link(target: str) -> Layer:
    return Layer().hard_link("stolen", "../" * 12 + "etc/passwd").file("stolen", "escaped\n")


@pytest.mark.parametrize("make", [
    escape_by_parent, escape_by_absolute_path, escape_by_link_swap, escape_by_relative_link_swap, escape_by_hard_link],
    ids=lambda make: make.__name__)
def test_escape(engine, docker, registry, repository, make):
    """Refused, or kept inside the layer's directory; never written where it pointed."""
    directory = engine.sandbox.path(unique("victim"))
    os.makedirs(directory)
    target = os.path.join(directory, "escaped")
    passwd = open("/etc/passwd").read()
    push_image(registry, repository, "evil", [busybox_layer().bytes(), make(target).bytes()])
    reference = registry.reference(f"{repository}:evil")
    result = docker("pull", reference, code=None)
    assert os.listdir(directory) == [] and open("/etc/passwd").read() == passwd
    if result.code != 0:
        assert result.err.strip() and "image" not in docker("images", "-q", reference).out
    else:
        docker("rmi", "-f", reference)


@pytest.mark.moonpool
@pytest.mark.parametrize("make", [escape_by_parent, escape_by_link_swap, escape_by_relative_link_swap],
                         ids=lambda make: make.__name__)
def test_escape_is_refused_by_name(engine, docker, registry, repository, make):
    push_image(registry, repository, "evil", [busybox_layer().bytes(), make("/tmp/" + unique("never")).bytes()])
    layers_before = sorted(os.listdir(engine.data_root))
    result = docker("pull", registry.reference(f"{repository}:evil"), code=1)
    assert "layer" in result.err, result
    assert sorted(os.listdir(engine.data_root)) == layers_before


def test_a_huge_sparse_file(engine, docker, registry, repository):
    """A header that claims 8 EiB: refused before anything of the size is allocated."""
    layer = Layer()
    info = entry("huge")
    info.size = 8 << 60
    info.pax_headers = {"size": str(8 << 60)}
    layer.tar.fileobj.write(info.tobuf(tarfile.PAX_FORMAT))
    push_image(registry, repository, "huge", [busybox_layer().bytes(), layer.buffer.getvalue()])
    result = docker("pull", registry.reference(f"{repository}:huge"), code=1, timeout=60)
    assert result.err.strip()


def test_a_layer_cut_short(engine, docker, registry, repository):
    data = Layer().file("file", "x" * 100_000).bytes()
    push_image(registry, repository, "cut", [busybox_layer().bytes(), data[:50_000]])
    result = docker("pull", registry.reference(f"{repository}:cut"), code=1)
    assert "unexpected EOF" in result.err or "truncated" in result.err or "end" in result.err, result


def test_a_layer_that_is_no_tar(engine, docker, registry, repository):
    push_image(registry, repository, "junk", [busybox_layer().bytes(), b"this is not a tar archive" * 100])
    result = docker("pull", registry.reference(f"{repository}:junk"), code=1)
    assert result.err.strip()
