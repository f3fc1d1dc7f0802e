/// What a token is to allow: `repository:library/nginx:pull` (distribution's token specification, "scope").
struct RepositoryScope: Hashable, Sendable {
  enum Access: String, Sendable { case pull, pushPull = "pull,push" }

  var path: String
  var access: Access

  var text: String { "repository:\(path):\(access.rawValue)" }
}
