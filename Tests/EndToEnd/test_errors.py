"""What a client gets when it asks for something wrong: Docker's status and a message that says what."""

import json
import socket

import pytest

from harness.processes import unique


def create(engine, body, query=""):
    return engine.request("POST", f"/v1.44/containers/create{query}", body)


@pytest.mark.parametrize("body,where", [
    (b"{", ""),
    (b"[]", ""),
    (b'{"Image": 7}', "Image"),
    (b'{"Image": "busybox:test", "HostConfig": {"Memory": "much"}}', "Memory"),
    (b'{"Image": "busybox:test", "Cmd": {"a": 1}}', "Cmd"),
    (b'{"Image": "busybox:test", "HostConfig": []}', "HostConfig"),
    (b'{"Image": "busybox:test"} trailing', ""),
])
def test_bad_json_is_400(engine, body, where):
    status, headers, answer = create(engine, body)
    assert status == 400 and answer["message"], answer
    assert headers["Content-Type"].startswith("application/json")
    if engine.kind == "moonpool":
        assert where in answer["message"]


@pytest.mark.moonpool
@pytest.mark.parametrize("body,where", [
    (b'{"Image": "busybox:test", "Image": "other"}', "Image"),
    (b'{"Image": "busybox:test", "image": "other"}', "image"),
    (b'{"Image": "busybox:test", "HostConfig": {"Privileged": false, "privileged": true}}', "privileged"),
])
def test_ambiguous_json_is_refused(engine, body, where):
    status, _, answer = create(engine, body)
    assert status == 400 and where in answer["message"]


def test_an_empty_body_is_400(engine):
    status, _, answer = create(engine, b"")
    assert status == 400 and answer["message"]


def test_an_unknown_image_is_404(engine):
    status, _, answer = create(engine, {"Image": "absent:1", "Cmd": ["true"]})
    assert status == 404 and answer["message"] == "No such image: absent:1"


def test_unknown_routes_and_versions(engine):
    status, _, answer = engine.request("GET", "/v1.44/no/such/route")
    assert status == 404 and "page not found" in json.dumps(answer if not isinstance(answer, bytes) else answer.decode())
    status, _, answer = engine.request("GET", "/v9.99/info")
    assert status == 400 and "too new" in answer["message"]
    status, _, answer = engine.request("GET", "/v1.1/info")
    assert status == 400 and "too old" in str(answer)


@pytest.mark.parametrize("version", ["v1.24", "v1.44", "v1.51"])
def test_versions(engine, version):
    status, headers, answer = engine.request("GET", f"/{version}/version")
    assert status == 200 and answer["ApiVersion"] and answer["MinAPIVersion"]
    assert headers["Api-Version"] == answer["ApiVersion"] and headers["Ostype"] == "linux"


def test_ping(engine):
    for method in ("GET", "HEAD"):
        status, headers, body = engine.request(method, "/_ping")
        assert status == 200 and headers["Api-Version"] and headers["Cache-Control"].startswith("no-cache")
        assert body == (b"OK" if method == "GET" else b"")


@pytest.mark.parametrize("name", ["-x", "a/b", "ü", "x", ".hidden"])
def test_bad_names(engine, name):
    from urllib.parse import quote

    status, _, answer = create(engine, {"Image": "busybox:test", "Cmd": ["true"]}, f"?name={quote(name)}")
    assert status == 400 and "Invalid container name" in answer["message"]


def test_container_errors(engine, image, name):
    assert engine.request("GET", "/containers/absent/json")[0] == 404
    assert engine.request("POST", "/containers/absent/start")[0] == 404
    assert engine.request("DELETE", "/containers/absent")[0] == 404
    status, _, answer = create(engine, {"Image": image, "Cmd": ["sleep", "100"]}, f"?name={name}")
    assert status == 201 and answer["Warnings"] == []
    status, _, conflict = create(engine, {"Image": image}, f"?name={name}")
    assert status == 409 and f'"/{name}" is already in use by container "{answer["Id"]}"' in conflict["message"]
    assert engine.request("POST", f"/containers/{name}/stop")[0] == 304
    assert engine.request("POST", f"/containers/{name}/kill")[0] == 409
    assert engine.request("POST", f"/containers/{name}/start")[0] == 204
    assert engine.request("POST", f"/containers/{name}/start")[0] == 304
    status, _, answer = engine.request("DELETE", f"/containers/{name}")
    assert status == 409 and "container is running" in answer["message"]
    status, _, answer = engine.request("POST", f"/containers/{name}/kill?signal=NOSUCH")
    assert status == 400 and "NOSUCH" in answer["message"]
    assert engine.request("POST", f"/containers/{name}/wait?condition=nonsense")[0] == 400
    assert engine.request("DELETE", f"/containers/{name}?force=1")[0] == 204


def test_no_command(engine):
    from harness.images import busybox_layer

    reference = f"{unique('empty')}:1"
    engine.request("POST", f"/images/create?fromSrc=-&repo={reference.split(':')[0]}&tag=1", busybox_layer().bytes(),
                   {"Content-Type": "application/x-tar"})
    status, _, answer = create(engine, {"Image": reference})
    assert status == 400 and "no command specified" in answer["message"].lower()
    engine.request("DELETE", f"/images/{reference}")


def test_exec_errors(engine, image, name):
    assert engine.request("POST", "/containers/absent/exec", {"Cmd": ["true"]})[0] == 404
    assert engine.request("POST", "/exec/absent/start", {"Detach": True})[0] == 404
    assert engine.request("GET", "/exec/absent/json")[0] == 404
    create(engine, {"Image": image, "Cmd": ["sleep", "100"]}, f"?name={name}")
    status, _, answer = engine.request("POST", f"/containers/{name}/exec", {"Cmd": ["true"]})
    assert status == 409 and "is not running" in answer["message"]
    engine.request("POST", f"/containers/{name}/start")
    status, _, answer = engine.request("POST", f"/containers/{name}/exec", {"Cmd": []})
    assert status == 400 and "No exec command specified" in answer["message"]


@pytest.mark.parametrize("host_config,words", [
    ({"Memory": 1024}, ["memory"]),
    ({"NanoCpus": -1}, ["cpu"]),
    ({"Binds": ["relative:/x:bogus"]}, ["mode"]),
    ({"Binds": ["/a:relative"]}, ["absolute"]),
    ({"NetworkMode": "container:absent"}, ["absent"]),
    ({"RestartPolicy": {"Name": "sometimes"}}, ["restart"]),
    ({"RestartPolicy": {"Name": "always"}, "AutoRemove": True}, ["restart"]),
    ({"CapAdd": ["NO_SUCH"]}, ["no_such"]),
    ({"Ulimits": [{"Name": "nosuch", "Soft": 1, "Hard": 1}]}, ["nosuch"]),
    ({"PortBindings": {"80/tcp": [{"HostPort": "nonsense"}]}}, ["nonsense"]),
])
def test_bad_host_configuration(engine, image, name, host_config, words):
    """Some Docker finds at create, some at start; never is it a 500 without a word."""
    status, _, answer = create(engine, {"Image": image, "Cmd": ["true"], "HostConfig": host_config}, f"?name={name}")
    if status == 201:
        status, _, answer = engine.request("POST", f"/containers/{name}/start")
    assert status in (400, 404, 409, 500) and all(word in answer["message"].lower() for word in words), (status, answer)
    if engine.kind == "moonpool":
        assert status != 500, answer


def test_a_request_cut_off_leaves_nothing(engine):
    before = engine.request("GET", "/containers/json?all=1")[2]
    for data in (b"POST /v1.44/containers/create HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{\"Image\"",
                 b"GET / HTTP/1.1\r\nHost", b"\x16\x03\x01\x02\x00\x01\x00\x01", b"\r\n\r\n"):
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(engine.socket)
        connection.sendall(data)
        connection.close()
    assert engine.request("GET", "/_ping")[0] == 200
    assert engine.request("GET", "/containers/json?all=1")[2] == before


def test_many_connections_at_once(engine):
    connections = []
    for _ in range(200):
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(engine.socket)
        connections.append(connection)
    assert engine.request("GET", "/_ping")[0] == 200
    for connection in connections:
        connection.close()
