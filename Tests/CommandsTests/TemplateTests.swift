import JSON
import Testing

@testable import Commands

@Suite struct TemplateTests {
  private static let container = #"""
    {"Id":"abc","Name":"/web","State":{"Running":true,"ExitCode":0,"Health":null},"Labels":{"a":"1","b":"2"},
     "Mounts":[{"Source":"/x","RW":true},{"Source":"/y","RW":false}],"Env":["A=1","B=2"],"Size":1234,"Share":0.5,
     "Ports":{"80/tcp":[{"HostPort":"8080"}]}}
    """#

  /// Each expectation is what Go's text/template gives for the same document.
  @Test(arguments: [
    ("{{.Id}}", "abc"), ("{{ .State.Running }}", "true"),
    ("{{json .State}}", #"{"Running":true,"ExitCode":0,"Health":null}"#),
    ("{{.Name | upper}}", "/WEB"), ("{{range .Mounts}}{{.Source}} {{end}}", "/x /y "),
    ("{{range $i, $m := .Mounts}}{{$i}}={{$m.Source}};{{end}}", "0=/x;1=/y;"),
    ("{{range $k, $v := .Labels}}{{$k}}:{{$v}},{{end}}", "a:1,b:2,"),
    ("{{if .State.Running}}up{{else}}down{{end}}", "up"),
    ("{{if eq .State.ExitCode 1}}one{{else if eq .State.ExitCode 0}}zero{{end}}", "zero"),
    ("{{with .State}}{{.ExitCode}}{{end}}", "0"), ("{{index .Labels \"b\"}}", "2"),
    ("{{(index (index .Ports \"80/tcp\") 0).HostPort}}", "8080"), ("{{len .Mounts}}", "2"),
    ("{{join .Env \",\"}}", "A=1,B=2"), ("{{.Env}}", "[A=1 B=2]"), ("{{.Labels}}", "map[a:1 b:2]"),
    ("{{.State.Health}}", "<no value>"), ("{{printf \"%-5s|%5d|%q\" .Id .Size .Id}}", "abc  | 1234|\"abc\""),
    ("{{println .Id}}", "abc\n"), ("a {{- .Id -}} b", "aabcb"), ("{{/* nothing */}}x", "x"),
    ("{{and .State.Running .Id}}", "abc"), ("{{or \"\" .Id}}", "abc"), ("{{not .State.Running}}", "false"),
    ("{{$x := .Id}}{{$x}}", "abc"), ("{{range .Mounts}}{{if .RW}}{{$.Id}}{{end}}{{end}}", "abc"),
    ("{{slice .Id 0 2}}", "ab"), ("{{split \"a:b\" \":\"}}", "[a b]"), ("{{title \"hello world\"}}", "Hello World"),
    ("{{lt 1 2}}{{ge 1 2}}", "truefalse"), ("{{.Share}}", "0.5"), ("{{truncate .Id 2}}", "ab"),
    ("{{pad .Id 1 2}}|", " abc  |"), ("{{range .State.Health}}x{{else}}none{{end}}", "none"),
    ("{{`raw`}}{{\"q\\n\"}}", "rawq\n"), ("{{eq .Id \"x\" \"abc\"}}", "true"), ("{{print 1 2 \"a\" 3}}", "1 2a3"),
  ]) func actions(source: String, expected: String) throws {
    #expect(try Template(source).render(JSON.parse(Self.container)) == expected)
  }

  @Test(arguments: [
    "{{.Nothing}}", "{{.State.Health.Status}}", "{{", "{{.Id", "{{if .Id}}", "{{end}}", "{{nofunction .Id}}",
    "{{index .Mounts 7}}", "{{range .Id}}{{end}}", "{{.Id.X}}", "{{$y}}", "{{\"open}}", "{{define \"x\"}}{{end}}",
    "{{)}}",
    "{{else}}", "{{slice .Id 5}}", "{{lt .Id 1}}", "{{(.Id}}", "{{.Id .Name}}",
  ]) func whatCannotBeAppliedIsAnError(source: String) {
    #expect(throws: TemplateError.self) { try Template(source).render(JSON.parse(Self.container)) }
  }

  @Test func aMissingKeyIsNamed() throws {
    let error = #expect(throws: TemplateError.self) { try Template("{{.Foo}}").render(JSON.parse(Self.container)) }
    #expect(error?.description.hasSuffix("map has no entry for key \"Foo\"") == true)
  }

  /// What cannot be read is refused, never a trap.
  @Test func anyTextIsReadOrRefused() throws {
    var random = SystemRandomNumberGenerator()
    let parts = [
      "{{", "}}", ".", "$", "x", "\"", "`", "|", "(", ")", "range ", "if ", "end", "else", " ", "-", "1", ":=", "é",
      "\\",
    ]
    let value = try JSON.parse(Self.container)
    for _ in 0..<20_000 {
      let text = (0..<Int.random(in: 0..<12, using: &random)).map { _ in parts.randomElement(using: &random) ?? "" }
        .joined()
      _ = try? Template(text).render(value)
    }
  }
}
