__version__: str

def decide(
    role: str,
    action: str,
    *,
    tier: str = "dev",
    job_type: str = "dev",
    own_project: bool = False,
    own_job: bool = False,
    own_run: bool = False,
    backend: str = "local",
    prod_change: str = "approval",
) -> tuple[str, str]:
    """Whether `role` may do `action`: (effect, id of the rule that decided).

    Raises ValueError, naming the argument, for a word that the domain does not have.
    """
