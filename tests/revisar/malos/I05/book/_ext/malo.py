"""Una extensión que conoce contenidos."""

from sklearn import datasets  # MAL

IRIS = datasets.load_iris()
