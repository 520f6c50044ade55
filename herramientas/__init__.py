"""Herramientas de autoría de Gradiente: generar, ejecutar, normalizar y comprobar."""
