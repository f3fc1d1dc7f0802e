import OCI
import Testing

@testable import Engine

@Suite struct ImportChangesTests {
  @Test func instructions() throws {
    let process = try ImportChanges.apply([
      "CMD [\"a\", \"b\"]", "entrypoint run it", "ENV A=1 B=\"two words\"", "ENV C old form", "LABEL x='y z'",
      "EXPOSE 80 53/udp", "VOLUME [\"/data\"]", "VOLUME /x /y", "USER www", "WORKDIR /srv", "STOPSIGNAL SIGQUIT", " ",
    ])
    #expect(process.cmd == ["a", "b"] && process.entrypoint == ["/bin/sh", "-c", "run it"])
    #expect(process.env == ["A=1", "B=two words", "C=old form"])
    #expect(process.labels == ["x": "y z"])
    #expect(process.exposedPorts?.keys.sorted() == ["53/udp", "80/tcp"])
    #expect(process.volumes?.keys.sorted() == ["/data", "/x", "/y"])
    #expect(process.user == "www" && process.workingDir == "/srv" && process.stopSignal == "SIGQUIT")
  }

  @Test func laterOnesReplace() throws {
    #expect(try ImportChanges.apply(["ENV A=1", "ENV A=2"]).env == ["A=2"])
  }

  @Test(arguments: ["RUN true", "CMD", "ENV =x", "EXPOSE x", "LABEL alone"])
  func refused(_ change: String) {
    let message = refusal { _ = try ImportChanges.apply([change]) }
    #expect(message != nil && message?.hasPrefix("not an engine error") == false)
  }
}
