"""Fuentes diminutas con que se prueban las herramientas."""

from pathlib import Path

KERNEL = "kernelspec: {display_name: Python 3, language: python, name: python3}\n"
CUERPO = """\
```{code-cell} ipython3
x = 2
print("uno", x)
```

Prosa.

```{code-cell} ipython3
:tags: [pytorch]
y = x + 1
y
```

```{code-cell} ipython3
:tags: [keras]
z = x + 2
z
```
"""
TRES = """\
Prosa con $x$.

```{code-cell} ipython3
x = 1
```

```{code-cell} ipython3
:tags: [pytorch]
r_pt = x
```

```{code-cell} ipython3
:tags: [keras]
r_ks = x
```

```{code-cell} ipython3
:tags: [jax]
r_jx = x
```

```{code-cell} ipython3
:tags: [acuerdo]
assert r_pt == r_ks == r_jx
```
"""
NB = (
    ":nbgrader: {{grade: {grade}, grade_id: {id}, locked: {grade}, "
    "schema_version: 3, solution: {solution}, task: false{puntos}}}"
)
SOLUCION = NB.format(grade="false", id="suma", solution="true", puntos="")
PRUEBA = NB.format(grade="true", id="prueba", solution="false", puntos=", points: 2")
LAB = f"""\
```{{code-cell}} ipython3
:tags: [pytorch]
marco = "pytorch"
```

```{{code-cell}} ipython3
:tags: [keras]
marco = "keras"
```

```{{code-cell}} ipython3
:tags: [jax]
marco = "jax"
```

```{{code-cell}} ipython3
{SOLUCION}
def suma(a, b):
    ### BEGIN SOLUTION
    total = a + b
    return total
    ### END SOLUTION

### BEGIN SOLUTION
dos = suma(1, 1)
### END SOLUTION
```

```{{code-cell}} ipython3
{PRUEBA}
assert suma(1, 2) == 3, "Revisa la suma"
print(marco)
```
"""


def escribir_seccion(
    raiz: Path, rel: str, cuerpo: str = CUERPO, cabecera: str = "", titulo="Título"
) -> Path:
    """Escribe una fuente y devuelve su ruta."""
    ruta = raiz / rel
    ruta.parent.mkdir(parents=True, exist_ok=True)
    ruta.write_text(
        f"---\n{KERNEL}{cabecera}---\n# {titulo}\n\n{cuerpo}", encoding="utf-8"
    )
    return ruta
