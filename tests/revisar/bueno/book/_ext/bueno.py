"""Una extensión que solo conoce etiquetas."""

from docutils import nodes

NODO = nodes.container
