// SeccompCompiler
