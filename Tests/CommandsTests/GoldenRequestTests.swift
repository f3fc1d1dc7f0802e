import EngineAPI
import Glibc
import JSON
import Testing

@testable import Commands

/// The same command line given to the stock docker client and to this one must ask for the same container.
@Suite struct GoldenRequestTests {
  static let lines: [[String]] = [
    ["alpine"], ["alpine", "sh", "-c", "echo $HOME"], ["-it", "alpine"], ["-i", "--rm", "alpine", "cat"],
    ["-p", "80:80", "-p", "127.0.0.1:5353:53/udp", "-p", "8080", "-p", "[::1]:9000-9001:9000-9001", "alpine"],
    ["-p", "8000-8010:80", "--expose", "7000-7001", "-P", "alpine"],
    ["-v", "/a:/b:ro", "-v", "name:/c", "-v", "/anonymous", "--volumes-from", "other:ro", "alpine"],
    [
      "--mount", "type=bind,src=/x,dst=/y,readonly,bind-propagation=rslave", "--mount",
      "source=v,target=/z,volume-nocopy", "alpine",
    ],
    [
      "--mount", "type=tmpfs,target=/t,tmpfs-size=10m,tmpfs-mode=1770", "--mount",
      "type=volume,dst=/d,volume-opt=a=b,volume-driver=local", "alpine",
    ],
    ["-e", "A=b", "-e", "FROM_HERE", "-e", "NOT_SET_ANYWHERE", "-w", "/w", "-u", "1000:1000", "alpine"],
    [
      "--name", "web", "--hostname", "h", "--domainname", "d", "--entrypoint", "/bin/sh", "-l", "a=b", "--label", "c",
      "alpine", "x",
    ],
    ["--entrypoint", "", "alpine"],
    [
      "-m", "100m", "--memory-swap", "-1", "--memory-reservation", "50m", "--cpus", "1.5", "--cpu-shares", "512",
      "alpine",
    ],
    [
      "--cpuset-cpus", "0-1", "--cpuset-mems", "0", "--cpu-period", "1000", "--cpu-quota", "2000", "--pids-limit", "64",
      "alpine",
    ],
    ["--cap-add", "NET_ADMIN", "--cap-drop", "ALL", "--privileged", "--read-only", "alpine"],
    ["--tmpfs", "/t:size=1m", "--tmpfs", "/u", "--ulimit", "nofile=10:20", "--ulimit", "core=0", "alpine"],
    ["--init", "--restart", "on-failure:3", "alpine"], ["--restart", "unless-stopped", "alpine"],
    ["--network", "none", "alpine"], ["--network", "host", "alpine"], ["--net", "container:other", "alpine"],
    ["--network", "front", "--network-alias", "web", "--ip", "10.0.0.7", "alpine"],
    ["--network", "name=front,alias=web,driver-opt=a=b", "--network", "back", "alpine"],
    ["--mac-address", "02:00:00:00:00:01", "alpine"],
    [
      "--security-opt", "no-new-privileges", "--security-opt", "seccomp=unconfined", "--security-opt", "apparmor=x",
      "alpine",
    ],
    ["--device", "/dev/null:/dev/x:r", "--device", "/dev/zero", "--device-cgroup-rule", "c 1:3 rwm", "alpine"],
    ["--stop-signal", "SIGINT", "--stop-timeout", "3", "alpine"],
    [
      "--add-host", "a:1.2.3.4", "--add-host", "b=[2001:db8::1]", "--dns", "1.1.1.1", "--dns-search", "x",
      "--dns-option", "ndots:1", "alpine",
    ],
    [
      "--group-add", "7", "--shm-size", "128m", "--sysctl", "net.core.somaxconn=1024", "--oom-score-adj", "-5",
      "alpine",
    ],
    ["--pid", "host", "--ipc", "shareable", "--uts", "host", "--userns", "host", "--cgroupns", "private", "alpine"],
    ["--cgroup-parent", "/x", "--log-driver", "json-file", "--log-opt", "max-size=1m", "--runtime", "runc", "alpine"],
    [
      "--health-cmd", "true", "--health-interval", "5s", "--health-retries", "2", "--health-start-period", "1m",
      "alpine",
    ],
    ["--no-healthcheck", "alpine"], ["-a", "stdout", "alpine"], ["-a", "stdin", "-a", "stderr", "-i", "alpine"],
    ["--blkio-weight", "300", "--device-read-bps", "/dev/sda:1mb", "--device-write-iops", "/dev/sda:100", "alpine"],
    ["--annotation", "a=b", "--storage-opt", "size=1G", "--oom-kill-disable", "--memory-swappiness", "10", "alpine"],
    ["--gpus", "all", "alpine"], ["--link", "db:db", "--isolation", "default", "--volume-driver", "local", "alpine"],
  ]

  @Test func requestsAreDockers() throws {
    guard access(Programs.docker, X_OK) == 0 else {
      Issue.record("no docker client at \(Programs.docker)")
      return
    }
    let daemon = try FakeDaemon { request, connection in
      if request.path == "/_ping" {
        connection.write("HTTP/1.1 200 OK\r\nApi-Version: 1.51\r\nOstype: linux\r\nContent-Length: 0\r\n\r\n")
        return true
      }
      return connection.json(#"{"message":"seen"}"#, status: "409 Conflict")
    }
    defer { daemon.close() }
    for line in Self.lines {
      let seen = daemon.requests.count
      let outcome = try Programs.run(
        [Programs.docker, "create"] + line, environment: ["DOCKER_HOST": daemon.address, "FROM_HERE": "here"])
      let sent = daemon.requests.dropFirst(seen).first { $0.path == "/containers/create" }
      let request = try #require(sent, "docker create \(line): \(outcome.errors)")
      let theirs = try JSON.parse(request.body)
      let flags = try FlagParser(table: ContainerFlags.table, isInterspersed: false).parse(line)
      let surroundings = Surroundings(
        environment: { $0 == "FROM_HERE" ? "here" : nil }, readFile: { _ in "" }, workingDirectory: { "/" },
        terminal: nil)
      let options = try ContainerOptions(flags, surroundings)
      let ours = try JSON.value(of: options.request)
      #expect(Self.stated(ours) == Self.stated(theirs), "create \(line.joined(separator: " "))")
    }
  }

  /// What a request states: values that mean *not set* are left out, lists whose order has no meaning are sorted.
  private static func stated(_ value: JSONValue) -> String {
    JSON.text(reduced(value, "") ?? .object([:]), pretty: true, sortedKeys: true)
  }

  private static func reduced(_ value: JSONValue, _ key: String) -> JSONValue? {
    switch value {
    case .null, .bool(false), .integer(0), .string(""): return nil
    case .integer(-1) where key == "MemorySwappiness": return nil
    case .array(let list):
      var items = list.compactMap { $0.stringValue == nil ? reduced($0, "") : $0 }
      if key == "Ulimits" || key == "Env" { items.sort { JSON.text($0) < JSON.text($1) } }
      return items.isEmpty ? nil : .array(items)
    case .object(let object):
      var result = JSONObject()
      for (name, member) in object {
        // Sets: the empty object is the member.
        if key == "ExposedPorts" || key == "Volumes" || key == "EndpointsConfig" || key == "PortBindings" {
          result[name] = reduced(member, name) ?? .object([:])
        } else if let kept = reduced(member, name) {
          result[name] = kept
        }
      }
      return result.isEmpty ? nil : .object(result)
    default: return value
    }
  }
}
