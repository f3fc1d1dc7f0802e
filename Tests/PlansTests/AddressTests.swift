import Addresses
import Testing

@Suite struct AddressTests {
  @Test(arguments: [
    "10.1.2.3", "0.0.0.0", "255.255.255.255", "::", "::1", "fd00::1:0:0:2", "1:2:3:4:5:6:7:8", "fe80::",
  ])
  func canonicalTextComesBack(text: String) throws {
    #expect(try #require(IPAddress(text)).description == text)
  }

  @Test(arguments: ["1:0:0:2::", "2001:db8:0:0:1:0:0:1", "::ffff:10.0.0.1"])
  func otherTextIsWrittenByRFC5952(text: String) throws {
    let expected = [
      "1:0:0:2::": "1:0:0:2::", "2001:db8:0:0:1:0:0:1": "2001:db8::1:0:0:1", "::ffff:10.0.0.1": "::ffff:a00:1",
    ]
    #expect(try #require(IPAddress(text)).description == expected[text])
  }

  @Test(arguments: [
    "", "10.1.2", "10.1.2.3.4", "010.1.2.3", "256.1.1.1", "1.2.3.a", "+1.2.3.4", ":::", "1::2::3", "12345::",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9", "fe80::1%eth0", "1.2.3.4::",
  ])
  func wrongTextIsRefused(text: String) {
    #expect(IPAddress(text) == nil)
  }

  @Test func networksKnowTheirBounds() throws {
    let network = try #require(IPNetwork("10.1.5.7/16"))
    #expect(network.base.description == "10.1.0.0/16")
    #expect(network.last.description == "10.1.255.255")
    #expect(network.size == 65536)
    #expect(network.contains(try #require(IPAddress("10.1.200.1"))))
    #expect(!network.contains(try #require(IPAddress("10.2.0.1"))))
    #expect(network.overlaps(try #require(IPNetwork("10.0.0.0/8"))))
    #expect(!network.overlaps(try #require(IPNetwork("fd00::/8"))))
    #expect(IPNetwork("0.0.0.0/0")?.last.description == "255.255.255.255")
    #expect(IPNetwork("::/0")?.last.number == .max)
    for text in ["10.0.0.0", "10.0.0.0/33", "10.0.0.0/+8", "10.0.0.0/08", "10.0.0.0/8/8"] {
      #expect(IPNetwork(text) == nil, "\(text)")
    }
  }

  @Test func ethernetAddressesFollowFromIPv4() throws {
    let address = try #require(IPAddress("172.17.0.2"))
    #expect(MACAddress(derivedFrom: address).description == "02:42:ac:11:00:02")
    #expect(MACAddress("02-42-ac-11-00-02") == MACAddress(derivedFrom: address))
    #expect(MACAddress("02:42:ac:11:0:2") == nil)
  }
}
