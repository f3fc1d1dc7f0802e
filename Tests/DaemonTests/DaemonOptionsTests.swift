import Testing

@testable import Daemon

@Suite struct DaemonOptionsTests {
  private func read(_ arguments: [String], file: String? = nil) throws -> DaemonOptions {
    try DaemonOptions.read(arguments) { _ in file.map { Array($0.utf8) } }
  }

  @Test func readsDockersForms() throws {
    let options = try read([
      "--data-root", "/srv/a", "--exec-root=/run/a", "-Hunix:///run/a.sock", "-H", "tcp://:2375", "-D", "--init=false",
      "--log-opt", "max-size=1m", "--bip", "10.1.0.1/16",
    ])
    #expect(options.dataRoot == "/srv/a" && options.execRoot == "/run/a")
    #expect(options.hosts == ["unix:///run/a.sock", "tcp://:2375"])
    #expect(options.debug && !options.initProcess && options.logOptions == ["max-size": "1m"])
    #expect(options.bip == "10.1.0.1/16")
  }

  @Test(arguments: [
    ["--nope"], ["-Z"], ["--data-root"], ["positional"], ["--debug=perhaps"], ["--log-level", "loud"],
    ["--default-ulimit", "nofile"], ["--max-concurrent-downloads", "0"], ["--log-opt", "novalue"],
  ])
  func refuses(arguments: [String]) { #expect(throws: OptionError.self) { try read(arguments) } }

  @Test func readsTheFile() throws {
    let options = try read(
      [],
      file:
        #"{"data-root":"/srv/b","hosts":["unix:///b"],"debug":true,"default-ulimits":{"nofile":{"Name":"nofile","Hard":5,"Soft":4}}}"#
    )
    #expect(options.dataRoot == "/srv/b" && options.hosts == ["unix:///b"] && options.debug)
    #expect(options.defaultUlimits == ["nofile=4:5"])
  }

  @Test(arguments: [
    #"{"data-rot":"/x"}"#, #"{"debug":"yes"}"#, #"["a"]"#, "{", #"{"data-root":"/a","data-root":"/b"}"#,
    #"{"hosts":"unix:///x"}"#,
  ])
  func refusesAWrongFile(text: String) { #expect(throws: OptionError.self) { try read([], file: text) } }

  @Test func sameThingInFlagAndFileIsAConflict() {
    #expect(throws: OptionError.self) { try read(["--data-root", "/a"], file: #"{"data-root":"/b"}"#) }
  }

  @Test func aNamedFileMustExist() {
    #expect(throws: OptionError.self) { try read(["--config-file", "/nowhere"]) }
  }
}
