"""Un módulo que importa un marco al importarse."""

import torch  # MAL


def unos():
    """Unos."""
    return torch.ones(1)
