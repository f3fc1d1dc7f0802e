import Addresses
import EngineAPI
import JSON
import Testing

@testable import Engine

@Suite struct AddressPoolTests {
  private func network(_ text: String) throws -> IPNetwork { try #require(IPNetwork(text)) }

  @Test func theFirstFree() throws {
    #expect(try AddressPool.choose(avoiding: []).description == "172.17.0.0/16")
    #expect(try AddressPool.choose(avoiding: [network("0.0.0.0/0")]).description == "172.17.0.0/16")
    #expect(try AddressPool.choose(avoiding: [network("172.17.5.0/24")]).description == "172.18.0.0/16")
    #expect(try AddressPool.choose(avoiding: [network("172.16.0.0/12")]).description == "192.168.0.0/20")
    #expect(AddressPool.gateway(of: try network("172.17.0.0/16")) == "172.17.0.1")
  }

  @Test func exhaustion() throws {
    let used = try [network("172.16.0.0/12"), network("192.168.0.0/16")]
    #expect(refusal { _ = try AddressPool.choose(avoiding: used) }?.contains("fully subnetted") == true)
  }
}

@Suite struct DockerNetworkOptionsTests {
  @Test func names() throws {
    let short = try DockerNetworkOptions.short([
      "com.docker.network.bridge.name": "br7", "com.docker.network.bridge.enable_icc": "false",
      "com.docker.network.driver.mtu": "1400", "com.docker.network.bridge.default_bridge": "true", "vlan": "7",
      "on": "true", "text": "x",
    ])
    #expect(short.count == 6)
    #expect(short["bridge"] == "br7" && short["icc"] == false && short["mtu"] == 1400)
    #expect(short["vlan"] == 7 && short["on"] == true && short["text"] == "x")
  }

  @Test func values() {
    #expect(
      refusal { _ = try DockerNetworkOptions.short(["com.docker.network.driver.mtu": "big"]) }
        == "invalid value for network option com.docker.network.driver.mtu: \"big\"")
    #expect(refusal { _ = try DockerNetworkOptions.short(["com.docker.network.bridge.enable_icc": "1"]) } != nil)
  }
}

@Suite struct ContainerFilesTests {
  @Test func hosts() {
    let file = ContainerFiles.hosts(
      name: "web", domain: "example.org", addresses: ["172.17.0.2"],
      extra: ["db:10.0.0.1", "gate=host-gateway", "six:fd00::1", "broken"], gateway: "172.17.0.1")
    let lines = String(decoding: file, as: UTF8.self).split(separator: "\n")
    #expect(lines.first == "127.0.0.1\tlocalhost")
    #expect(
      lines.suffix(4) == [
        "10.0.0.1\tdb", "172.17.0.1\tgate", "fd00::1\tsix", "172.17.0.2\tweb.example.org web",
      ])
  }

  @Test func parsing() {
    let parsed = ContainerFiles.parse("# c\nnameserver 1.1.1.1\nsearch a b\ndomain c\noptions x\noptions y z\n;\n")
    #expect(parsed.servers == ["1.1.1.1"] && parsed.search == ["c"] && parsed.options == ["x", "y", "z"])
  }
}
