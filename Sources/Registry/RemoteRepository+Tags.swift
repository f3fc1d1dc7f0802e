internal import AsyncHTTPClient
internal import JSON
internal import NIOCore
internal import NIOHTTP1
internal import OCI

extension RemoteRepository {
  static let mostTagPages = 10_000

  /// All tags, in the registry's order, page by page (`Link: <…>; rel="next"`).
  public func tags() async throws(RegistryError) -> [String] {
    var tags: [String] = []
    var target = Request.Target.path("tags/list")
    for _ in 0..<Self.mostTagPages {
      let answer = try await send(Request(.GET, target, .tags, pullScope), expecting: [200])
      do {
        let body = try await answer.response.body.collect(upTo: 16 * 1024 * 1024)
        let page = try JSON.decode(DistributionTagList.self, from: Array(body.readableBytesView))
        tags += page.tags ?? []
      } catch let error as JSONError {
        throw RegistryError(.malformedResponse, "tags of \(path): \(error)")
      } catch {
        throw client.transport.describe(error, of: Exchange(.GET, answer.location))
      }
      guard let link = answer.response.headers.first(name: "link"), let open = link.firstIndex(of: "<"),
        let close = link.firstIndex(of: ">"), open < close,
        let next = answer.location.resolving(String(link[link.index(after: open)..<close]))
      else { return tags }
      target = .location(next)
    }
    throw RegistryError(.malformedResponse, "tags of \(path): the list does not end")
  }
}
