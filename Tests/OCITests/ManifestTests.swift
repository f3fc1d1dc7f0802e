import JSON
import OCI
import Testing

@Suite struct ManifestTests {
  static let a = String(repeating: "a", count: 64)
  static let b = String(repeating: "b", count: 64)

  static let dockerManifest = """
    {"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json",
     "config":{"mediaType":"application/vnd.docker.container.image.v1+json","size":7023,"digest":"sha256:\(a)"},
     "layers":[{"mediaType":"application/vnd.docker.image.rootfs.diff.tar.gzip","size":32654,"digest":"sha256:\(b)"}]}
    """

  @Test func readsDockerAndOCI() throws {
    guard case .manifest(let docker) = try ManifestDocument.decode(Array(Self.dockerManifest.utf8)) else {
      Issue.record("not a manifest")
      return
    }
    #expect(docker.isImage)
    #expect(docker.layers.map(\.mediaType.compression) == [.gzip])
    #expect(docker.layers.map(\.size) == [32654])
    let oci = ImageManifest(
      config: Descriptor(mediaType: .ociConfiguration, digest: docker.config.digest, size: 1),
      layers: [Descriptor(mediaType: .ociLayerZstd, digest: docker.layers[0].digest, size: 2)])
    guard case .manifest(let again) = try ManifestDocument.decode(oci.encoded(), contentType: .ociManifest) else {
      Issue.record("not a manifest")
      return
    }
    #expect(again == oci)
    #expect(again.layers[0].mediaType.compression == .zstd)
  }

  @Test func refusesTwoMeanings() {
    let both = """
      {"schemaVersion":2,"manifests":[],"config":{"mediaType":"x","size":1,"digest":"sha256:\(Self.a)"},"layers":[]}
      """
    #expect(throws: ManifestError.ambiguous) { try ManifestDocument.decode(Array(both.utf8)) }
    #expect(throws: ManifestError.self) {
      try ManifestDocument.decode(Array(Self.dockerManifest.utf8), contentType: .ociIndex)
    }
    #expect(throws: ManifestError.self) {
      try ManifestDocument.decode(Array(Self.dockerManifest.utf8), contentType: .ociManifest)
    }
  }

  @Test(arguments: [
    "", "[]", "{}", "{\"schemaVersion\":1}", "{\"schemaVersion\":2,\"layers\":[]}",
    "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"x\",\"size\":-1,\"digest\":\"sha256:\(a)\"},\"layers\":[]}",
    "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"x\",\"size\":1,\"digest\":\"md5:00\"},\"layers\":[]}",
  ])
  func refusesMalformed(text: String) {
    #expect(throws: ManifestError.self) { try ManifestDocument.decode(Array(text.utf8)) }
  }

  @Test func indexChoosesThePlatform() throws {
    func entry(_ digit: String, _ platform: Platform?, attestation: Bool = false) throws -> Descriptor {
      Descriptor(
        mediaType: .ociManifest, digest: try Digest("sha256:" + String(repeating: digit, count: 64)), size: 1,
        platform: platform,
        annotations: attestation ? ["vnd.docker.reference.type": "attestation-manifest"] : nil)
    }
    let index = ImageIndex(manifests: [
      try entry("1", Platform(os: "unknown", architecture: "unknown"), attestation: true),
      try entry("2", Platform(architecture: "arm", variant: "v5")),
      try entry("3", Platform(architecture: "arm", variant: "v6")),
      try entry("4", Platform(architecture: "amd64")),
    ])
    #expect(try index.choose(for: Platform("linux/amd64")).digest.hex.first == "4")
    #expect(try index.choose(for: Platform("linux/arm/v7")).digest.hex.first == "3")
    #expect {
      try index.choose(for: Platform("linux/s390x"))
    } throws: { error in
      "\(error)".hasPrefix("no matching manifest for linux/s390x in the manifest list entries")
    }
    #expect(try ImageIndex.decode(JSON.encode(index)) == index)
  }
}
