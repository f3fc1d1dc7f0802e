"""Bind mounts, named and anonymous volumes, copy-up."""

import json
import os

import pytest

from harness.processes import unique


@pytest.fixture
def directory(engine):
    """A directory that daemon and test both see."""
    path = engine.sandbox.path(unique("bind"))
    os.makedirs(path)
    return path


def test_bind_mount(cli, image, directory):
    with open(f"{directory}/in", "w") as file:
        file.write("from the machine\n")
    out = cli.out("run", "--rm", "-v", f"{directory}:/mnt", image, "sh", "-c", "cat /mnt/in; echo back > /mnt/out")
    assert out == "from the machine"
    assert open(f"{directory}/out").read() == "back\n"


def test_read_only_bind_mount(cli, image, directory):
    result = cli("run", "--rm", "-v", f"{directory}:/mnt:ro", image, "touch", "/mnt/x", code=1)
    assert "Read-only file system" in result.err


def test_bind_mount_of_a_file(cli, image, directory):
    with open(f"{directory}/one", "w") as file:
        file.write("one file\n")
    assert cli.out("run", "--rm", "-v", f"{directory}/one:/etc/one", image, "cat", "/etc/one") == "one file"


def test_a_missing_source_is_made(cli, image, directory):
    cli("run", "--rm", "-v", f"{directory}/new/deep:/mnt", image, "touch", "/mnt/x")
    assert os.listdir(f"{directory}/new/deep") == ["x"]


def test_mount_flag_refuses_a_missing_source(cli, image, directory):
    result = cli("run", "--rm", "--mount", f"type=bind,source={directory}/none,target=/mnt", image, "true", code=125)
    assert "bind source path does not exist" in result.err


def test_named_volume_keeps_its_content(cli, image):
    volume = unique("vol")
    cli("run", "--rm", "-v", f"{volume}:/keep", image, "sh", "-c", "echo kept > /keep/file")
    assert cli.out("run", "--rm", "-v", f"{volume}:/keep", image, "cat", "/keep/file") == "kept"
    assert cli.out("volume", "rm", volume) == volume


def test_copy_up(cli, image):
    """A new volume begins with what the image has at its place, owners included."""
    volume = unique("vol")
    out = cli.out("run", "--rm", "-v", f"{volume}:/data", image, "sh", "-c", "cat /data/seed; stat -c %u:%g /data/seed")
    assert out.splitlines() == ["seeded by the image", "1000:1000"]
    cli("run", "--rm", "-v", f"{volume}:/data", image, "sh", "-c", "rm /data/seed; echo mine > /data/own")
    assert cli.out("run", "--rm", "-v", f"{volume}:/data", image, "ls", "/data") == "own"
    cli("volume", "rm", volume)


def test_no_copy(cli, image):
    volume = unique("vol")
    cli("run", "--rm", "-v", f"{volume}:/data:nocopy", image, "test", "!", "-e", "/data/seed")
    cli("volume", "rm", volume)


def test_anonymous_volume_goes_with_rm(cli, image, name):
    cli("run", "--name", name, "-v", "/data", image, "cat", "/data/seed")
    (mount,) = json.loads(cli.out("inspect", "-f", "{{json .Mounts}}", name))
    assert mount["Type"] == "volume" and mount["Destination"] == "/data" and len(mount["Name"]) == 64
    assert mount["Name"] in cli("volume", "ls", "-q").out
    cli("rm", "-v", name)
    assert mount["Name"] not in cli("volume", "ls", "-q").out


def test_anonymous_volume_stays_without_v(cli, image, name):
    cli("run", "--name", name, "-v", "/data", image, "true")
    volume = cli.out("inspect", "-f", "{{(index .Mounts 0).Name}}", name)
    cli("rm", name)
    assert volume in cli("volume", "ls", "-q").out
    cli("volume", "rm", volume)


def test_anonymous_volume_goes_with_run_rm(cli, image):
    before = cli("volume", "ls", "-q").out
    cli("run", "--rm", "-v", "/data", image, "true")
    from harness.processes import wait_until

    wait_until(lambda: cli("volume", "ls", "-q").out == before, what="removal of the anonymous volume")


def test_volume_commands(cli):
    volume = unique("vol")
    assert cli.out("volume", "create", "--label", "a=b", volume) == volume
    assert cli.out("volume", "create", volume) == volume
    (found,) = json.loads(cli("volume", "inspect", volume).out)
    assert found["Name"] == volume and found["Driver"] == "local" and found["Labels"] == {"a": "b"}
    assert os.path.isdir(found["Mountpoint"]) and found["Scope"] == "local"
    assert volume in cli("volume", "ls", "--filter", "label=a=b", "--format", "{{.Name}}").out.split()
    assert cli.out("volume", "rm", volume) == volume
    assert not os.path.exists(found["Mountpoint"])
    assert "no such volume" in cli("volume", "rm", volume, code=1).err.lower()
    assert len(cli.out("volume", "create")) == 64


def test_a_volume_in_use(cli, image, name):
    volume = unique("vol")
    cli("create", "--name", name, "-v", f"{volume}:/v", image, "true")
    result = cli("volume", "rm", volume, code=1)
    assert "volume is in use" in result.err
    cli("rm", name)
    cli("volume", "rm", volume)


def test_two_containers_share_a_volume(cli, image, name):
    volume = unique("vol")
    cli("run", "-d", "--name", name, "-v", f"{volume}:/v", image, "sleep", "100")
    cli("run", "--rm", "-v", f"{volume}:/v", image, "sh", "-c", "echo shared > /v/f")
    assert cli.out("exec", name, "cat", "/v/f") == "shared"
    cli("rm", "-f", name)
    cli("volume", "rm", volume)


def test_a_volume_through_a_link_stays_inside_the_root(cli, image, name, directory):
    """A mount point that the image made a symbolic link to `/` or `..` is resolved inside the container's root."""
    cli("create", "--name", name, image, "true")
    cli("rm", name)
    result = cli("run", "--rm", "-v", f"{directory}:/proc/../../../../mnt/../tmp/x", image, "ls", "-d", "/tmp/x", code=None)
    assert result.code == 0 and result.out.strip() == "/tmp/x"


def test_volume_driver_that_is_not_there(cli):
    result = cli("volume", "create", "-d", "no-such-driver", unique("vol"), code=1)
    assert "no-such-driver" in result.err


def test_bind_propagation(cli, image, directory):
    out = cli.out("run", "--rm", "-v", f"{directory}:/mnt:rprivate", image, "grep", " /mnt ", "/proc/self/mountinfo")
    assert "shared:" not in out and "master:" not in out
    result = cli("run", "--rm", "-v", f"{directory}:/mnt:rshared,rslave", image, "true", code=125)
    assert "invalid mode" in result.err


def test_inspect_shows_mounts(cli, image, name, directory):
    volume = unique("vol")
    cli("create", "--name", name, "-v", f"{directory}:/b:ro", "-v", f"{volume}:/v", "--tmpfs", "/t", image, "true")
    mounts = {m["Destination"]: m for m in json.loads(cli.out("inspect", "-f", "{{json .Mounts}}", name))}
    assert mounts["/b"]["Type"] == "bind" and mounts["/b"]["Source"] == directory and mounts["/b"]["RW"] is False
    assert mounts["/v"]["Type"] == "volume" and mounts["/v"]["Name"] == volume and mounts["/v"]["RW"] is True
    assert json.loads(cli.out("inspect", "-f", "{{json .HostConfig.Tmpfs}}", name)) == {"/t": ""}
    cli("rm", name)
    cli("volume", "rm", volume)
