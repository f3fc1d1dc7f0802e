import OCI
import Testing

@Suite struct PlatformTests {
  @Test(arguments: [
    ("linux/amd64", "linux/amd64"), ("linux/x86_64", "linux/amd64"), ("linux/aarch64", "linux/arm64/v8"),
    ("linux/arm", "linux/arm/v7"), ("linux/arm/6", "linux/arm/v6"), ("Linux/ARM64", "linux/arm64/v8"),
    ("linux/386", "linux/386"), ("linux/armhf", "linux/arm/v7"),
  ])
  func reads(text: String, expected: String) throws {
    #expect(try Platform(text).description == expected)
  }

  @Test(arguments: ["", "/", "linux/", "a/b/c/d", "lin ux/amd64", "nonsense"])
  func refuses(text: String) {
    #expect(throws: PlatformError.self) { try Platform(text) }
  }

  @Test func olderVariantsRunNewerDoNot() {
    let v7 = Platform(architecture: "arm", variant: "v7")
    #expect(v7.preference(of: Platform(architecture: "arm", variant: "v7")) == 0)
    #expect(v7.preference(of: Platform(architecture: "arm", variant: "v6")) == 1)
    #expect(v7.preference(of: Platform(architecture: "arm", variant: "v8")) == nil)
    #expect(v7.preference(of: Platform(architecture: "arm64")) == nil)
    #expect(Platform(architecture: "amd64").preference(of: Platform(architecture: "x86_64")) == 0)
    #expect(Platform(architecture: "amd64").preference(of: Platform(architecture: "amd64", variant: "v3")) == nil)
  }
}
