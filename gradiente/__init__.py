"""Lo que los cuadernos de «Gradiente» pueden importar: datos, figuras y estilo.

Aquí no hay nada de lo que el libro enseña: ni modelos, ni pérdidas, ni bucles de
entrenamiento. Importar ``gradiente`` no importa ningún marco de aprendizaje profundo.
"""

__version__ = "0.1.0"
