"""pull, push, import, tag, rmi, inspect: against a real registry, with every kind of manifest and layer."""

import json
import os
import tarfile

import pytest

from conftest import IMAGE
from harness import images
from harness.images import DOCKER, OCI, Layer, busybox_layer, push_image, push_index
from harness.processes import unique
from harness.registry import Registry


@pytest.fixture(scope="module")
def base() -> bytes:
    return busybox_layer().bytes()


@pytest.fixture
def forget(engine):
    """Removes the images of a test, so that the shared engine stays as it was."""
    yield
    engine.remove_everything()
    for image in engine.request("GET", "/images/json?all=1")[2]:
        tags = image.get("RepoTags") or []
        if not tags and not any(image["Id"] == other["Id"] for other in engine.request("GET", "/images/json")[2] if
                                other.get("RepoTags")):
            engine.request("DELETE", f"/images/{image['Id']}?force=1")
        for tag in tags:
            if tag != IMAGE:
                engine.request("DELETE", f"/images/{tag}")


@pytest.mark.parametrize("types,method", [(OCI, "gzip"), (OCI, "zstd"), (OCI, "none"), (DOCKER, "gzip")],
                         ids=["oci-gzip", "oci-zstd", "oci-plain", "docker-gzip"])
def test_pull_and_run(cli, registry, repository, base, forget, types, method):
    second = Layer().file("etc/added", "second layer\n").whiteout("etc/group").bytes()
    manifest = push_image(registry, repository, "1", [base, second], types=types, method=method,
                          config={"Cmd": ["cat", "/etc/added"]})
    reference = registry.reference(f"{repository}:1")
    out = cli("pull", reference).out
    assert f"Digest: {manifest}" in out and f"Status: Downloaded newer image for {reference}" in out
    assert cli("run", "--rm", reference).out == "second layer\n"
    cli("run", "--rm", reference, "test", "!", "-e", "/etc/group")
    assert f"Status: Image is up to date for {reference}" in cli("pull", reference).out
    assert cli.out("pull", "-q", reference) == reference


def test_pull_by_digest(cli, registry, repository, base, forget):
    manifest = push_image(registry, repository, "1", [base])
    reference = registry.reference(f"{repository}@{manifest}")
    cli("pull", reference)
    assert cli("run", "--rm", reference, "echo", "by digest").out == "by digest\n"
    assert reference in cli.out("inspect", "-f", "{{json .RepoDigests}}", reference)


def test_run_pulls(cli, registry, repository, base, forget):
    push_image(registry, repository, "latest", [base])
    result = cli("run", "--rm", registry.reference(repository), "echo", "pulled")
    assert result.out == "pulled\n" and "Unable to find image" in result.err


def test_platform_of_an_index(cli, registry, repository, base, forget):
    right = push_image(registry, repository, None, [base, Layer().file("which", "amd64\n").bytes()])
    wrong = push_image(registry, repository, None, [base, Layer().file("which", "arm64\n").bytes()], architecture="arm64")
    push_index(registry, repository, "multi", [
        (wrong, {"architecture": "arm64", "os": "linux", "variant": "v8"}), (right, {"architecture": "amd64", "os": "linux"})])
    reference = registry.reference(f"{repository}:multi")
    cli("pull", reference)
    assert cli("run", "--rm", reference, "cat", "/which").out == "amd64\n"
    cli("rmi", reference)
    cli("pull", "--platform", "linux/arm64", reference)
    assert cli.out("inspect", "-f", "{{.Architecture}}", reference) == "arm64"


def test_an_index_without_our_platform(cli, registry, repository, base, forget):
    only = push_image(registry, repository, None, [base], architecture="s390x")
    push_index(registry, repository, "far", [(only, {"architecture": "s390x", "os": "linux"})])
    result = cli("pull", registry.reference(f"{repository}:far"), code=1)
    assert "no matching manifest for linux/amd64" in result.err


def test_what_a_layer_may_hold(cli, registry, repository, base, forget):
    attribute = images.entry("files/attributed")
    attribute.pax_headers = {"SCHILY.xattr.user.moon": "pool"}
    layer = (Layer().directory("files", mode=0o750, uid=1000, gid=50).file("files/set", "x", mode=0o4755)
             .hard_link("files/hard", "files/set", mode=0o4755).link("files/soft", "set").link("files/up", "../../../../etc/passwd")
             .add(images.entry("files/fifo", tarfile.FIFOTYPE))
             .add(images.entry("files/null", tarfile.CHRTYPE, mode=0o666, devmajor=1, devminor=3))
             .add(attribute, b"attributed\n").file("files/" + "long" * 60, "a long name\n").file("files/ümläut", "u\n"))
    push_image(registry, repository, "1", [base, layer.bytes()])
    script = ("stat -c '%a %u:%g' /files; stat -c '%a %h' /files/set; readlink /files/soft; stat -c '%F' /files/fifo; "
              "stat -c '%F %t,%T' /files/null; echo gone > /files/null; cat /files/long*; cat /files/ümläut; "
              "stat -c %Y /files/soft")
    out = cli("run", "--rm", registry.reference(f"{repository}:1"), "sh", "-c", script).out.splitlines()
    assert out == ["750 1000:50", "4755 2", "set", "fifo", "character special file 1,3", "a long name", "u", "1700000000"]


def test_whiteouts_and_opaque_directories(cli, registry, repository, base, forget):
    first = Layer().directory("a").file("a/one", "1").file("a/two", "2").directory("b").file("b/one", "1").bytes()
    second = Layer().whiteout("a/one").directory("b").opaque("b").file("b/new", "n").bytes()
    third = Layer().file("a/one", "back").bytes()
    push_image(registry, repository, "1", [base, first, second, third])
    out = cli("run", "--rm", registry.reference(f"{repository}:1"), "sh", "-c", "ls /a /b; cat /a/one").out
    assert out.split() == ["/a:", "one", "two", "/b:", "new", "back"]


def test_a_file_replaces_a_directory_and_the_reverse(cli, registry, repository, base, forget):
    first = Layer().directory("x").file("x/inner", "1").file("y", "file").bytes()
    second = Layer().file("x", "now a file").directory("y").file("y/inner", "2").bytes()
    push_image(registry, repository, "1", [base, first, second])
    assert cli("run", "--rm", registry.reference(f"{repository}:1"), "sh", "-c", "cat /x /y/inner").out == "now a file2"


def test_layers_are_shared(cli, registry, repository, base, forget):
    push_image(registry, repository, "1", [base, Layer().file("one", "1").bytes()])
    push_image(registry, repository, "2", [base, Layer().file("two", "2").bytes()])
    cli("pull", registry.reference(f"{repository}:1"))
    assert "Already exists" in cli("pull", registry.reference(f"{repository}:2")).out
    cli("rmi", registry.reference(f"{repository}:1"))
    assert cli("run", "--rm", registry.reference(f"{repository}:2"), "cat", "/two").out == "2"


def test_a_blob_that_does_not_match_its_digest(cli, registry, repository, base, forget):
    layer = Layer().file("unique", unique("content")).bytes()
    push_image(registry, repository, "bad", [base, layer])
    body = json.loads(registry.get_manifest(repository, "bad", OCI["manifest"]))
    registry.corrupt_blob(body["layers"][-1]["digest"])
    reference = registry.reference(f"{repository}:bad")
    result = cli("pull", reference, code=1, timeout=120)
    assert any(word in result.err.lower() for word in ("digest", "verification", "unexpected", "checksum", "invalid"))
    assert cli("image", "inspect", reference, code=1)


def test_a_layer_that_does_not_match_its_diff_id(cli, registry, repository, base, forget):
    layer = Layer().file("unique", unique("content")).bytes()
    push_image(registry, repository, "bad", [base, layer], claimed={1: b"something else"})
    result = cli("pull", registry.reference(f"{repository}:bad"), code=1, timeout=120)
    assert "layer" in result.err.lower() or "diff" in result.err.lower()


@pytest.mark.parametrize("path", ["manifest unknown", "repository"])
def test_an_unknown_image(cli, registry, repository, base, forget, path):
    push_image(registry, repository, "1", [base])
    reference = registry.reference(f"{repository}:absent" if path.startswith("manifest") else f"{unique('absent')}:1")
    result = cli("pull", reference, code=1)
    assert "manifest unknown" in result.err or "not found" in result.err or "name unknown" in result.err
    assert cli("run", "--rm", reference, "true", code=125).err


def test_an_unreachable_registry(cli, sandbox):
    result = cli("pull", "127.0.0.1:9/absent:1", code=1)
    assert "connection refused" in result.err.lower() and "127.0.0.1:9" in result.err


def test_push_and_pull_back(cli, image, registry, repository, forget):
    reference = registry.reference(f"{repository}:pushed")
    cli("tag", image, reference)
    out = cli("push", reference).out
    assert "pushed: digest: sha256:" in out and " size: " in out
    identifier = cli.out("inspect", "-f", "{{.Id}}", reference)
    cli("rmi", reference)
    cli("pull", reference)
    assert cli.out("inspect", "-f", "{{.Id}}", reference) == identifier
    assert cli("run", "--rm", reference, "echo", "returned").out == "returned\n"
    assert "Layer already exists" in cli("push", reference).out


def test_push_of_a_pulled_image_keeps_its_digest(cli, registry, repository, base, forget):
    push_image(registry, repository, "1", [base, Layer().file("x", "y").bytes()], types=DOCKER)
    source, target = registry.reference(f"{repository}:1"), registry.reference(f"{unique('copy')}:1")
    cli("pull", source)
    cli("tag", source, target)
    assert "digest: sha256:" in cli("push", target).out
    cli("rmi", source, target)
    cli("pull", target)
    assert cli("run", "--rm", target, "cat", "/x").out == "y"


def test_import(cli, forget, base):
    reference = f"{unique('imported')}:1"
    identifier = cli("import", "--change", 'CMD ["echo", "imported"]', "--change", "ENV A=b", "--message", "why", "-",
                     reference, input=base).out.strip()
    assert identifier.startswith("sha256:")
    assert cli("run", "--rm", reference).out == "imported\n"
    (found,) = json.loads(cli("image", "inspect", reference).out)
    assert found["Id"] == identifier and "A=b" in found["Config"]["Env"] and found["Os"] == "linux"
    assert len(found["RootFS"]["Layers"]) == 1 and found["RepoTags"] == [reference] and found["Size"] > 100_000


def test_import_of_a_file(cli, forget, base, tmp_path):
    file = tmp_path / "root.tar"
    file.write_bytes(base)
    reference = f"{unique('imported')}:1"
    cli("import", file, reference)
    assert cli("run", "--rm", reference, "echo", "x").out == "x\n"


def test_images_tag_rmi(cli, image, forget):
    repository = unique("tagged")
    cli("tag", image, f"{repository}:one")
    cli("tag", f"{repository}:one", f"{repository}:two")
    table = cli("images").out.splitlines()
    assert table[0].split()[:3] == ["REPOSITORY", "TAG", "IMAGE"]
    assert sorted(line.split()[1] for line in table if line.startswith(repository)) == ["one", "two"]
    identifier = cli.out("images", "-q", "--no-trunc", f"{repository}:one")
    assert identifier == cli.out("inspect", "-f", "{{.Id}}", image)
    assert f"Untagged: {repository}:one" in cli("rmi", f"{repository}:one").out
    assert "Untagged" in cli("rmi", f"{repository}:two").out
    cli("run", "--rm", image, "true")
    assert "No such image" in cli("rmi", f"{repository}:two", code=1).err
    assert "No such image" in cli("tag", unique("absent"), "x:y", code=1).err
    assert "invalid reference format" in cli("tag", image, "UPPER:x", code=1).err


def test_rmi_of_an_image_in_use(cli, registry, repository, base, forget, name):
    push_image(registry, repository, "1", [base, Layer().file("z", unique("z")).bytes()])
    reference = registry.reference(f"{repository}:1")
    cli("pull", reference)
    cli("run", "-d", "--name", name, reference, "sleep", "100")
    result = cli("rmi", reference, code=1)
    assert "conflict" in result.err and "using its referenced image" in result.err
    cli("rm", "-f", name)
    out = cli("rmi", reference).out
    assert "Untagged:" in out and "Deleted: sha256:" in out


def test_image_configuration_is_applied(cli, registry, repository, base, forget):
    push_image(registry, repository, "1", [base], config={
        "Entrypoint": ["sh", "-c", 'echo "$0 $* $A $(pwd) $(id -un)"'], "Cmd": ["default"], "Env": ["PATH=/bin", "A=from-image"],
        "WorkingDir": "/srv", "User": "alice", "Labels": {"from": "image"}, "Volumes": {"/data": {}},
        "ExposedPorts": {"80/tcp": {}}, "StopSignal": "SIGUSR1"})
    reference = registry.reference(f"{repository}:1")
    assert cli("run", "--rm", reference).out == "default  from-image /srv alice\n"
    assert cli("run", "--rm", "-e", "A=own", reference, "x", "y").out == "x y own /srv alice\n"
    (found,) = json.loads(cli("image", "inspect", reference).out)
    assert found["Config"]["Labels"] == {"from": "image"} and found["Config"]["ExposedPorts"] == {"80/tcp": {}}


def test_tls_with_an_own_authority(engine, docker, sandbox, base, forget):
    registry = Registry(sandbox, port=5443, tls=True).start()
    try:
        push_image(registry, "secure", "1", [base])
        reference = registry.reference("secure:1")
        result = docker("pull", reference, code=1)
        assert "certificate" in result.err.lower()
        registry.trust()
        docker("pull", reference)
        assert docker("run", "--rm", reference, "echo", "over TLS").out == "over TLS\n"
    finally:
        registry.distrust()
        registry.stop()


def test_password(engine, docker, sandbox, image, forget):
    registry = Registry(sandbox, port=5001, user=("moon", "pool"), host="127.0.0.1").start()
    try:
        reference = registry.reference("private:1")
        docker("tag", image, reference)
        assert "no basic auth credentials" in docker("push", reference, code=1).err.lower()
        assert docker("login", "-u", "moon", "--password-stdin", registry.address, input="wrong", code=1)
        docker("login", "-u", "moon", "--password-stdin", registry.address, input="pool")
        docker("push", reference)
        docker("rmi", reference)
        docker("pull", reference)
        docker("logout", registry.address)
        docker("rmi", reference)
        assert "no basic auth credentials" in docker("pull", reference, code=1).err.lower()
    finally:
        registry.stop()


def test_progress_bars_on_a_terminal(cli, registry, repository, forget):
    layer = busybox_layer().file("ballast", os.urandom(8 << 20)).bytes()
    push_image(registry, repository, "1", [layer])
    reference = registry.reference(f"{repository}:1")
    with cli.terminal("pull", reference, columns=120) as terminal:
        seen = terminal.expect("Status: Downloaded newer image", timeout=60)
        assert terminal.wait() == 0
    assert "Pull complete" in seen and "[" in seen and ">" in seen and "B/" in seen


def test_parallel_pulls_of_one_image(cli, registry, repository, base, forget):
    push_image(registry, repository, "1", [base, Layer().file("big", os.urandom(4 << 20)).bytes()])
    reference = registry.reference(f"{repository}:1")
    pulls = [cli.start("pull", reference) for _ in range(4)]
    for pull in pulls:
        with pull:
            assert pull.wait(60).code == 0, pull.err
    assert cli("run", "--rm", reference, "echo", "whole").out == "whole\n"
