import Glibc

/// Shell patterns over names, as `--filter reference=` has them: `*` and `?` stop at a slash.
enum ShellPattern {
  static func matches(_ pattern: String, _ text: String) -> Bool { fnmatch(pattern, text, FNM_PATHNAME) == 0 }
}
