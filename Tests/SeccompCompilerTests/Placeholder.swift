// SeccompCompilerTests
