"""What a WSGI server loads: `gunicorn wsgi:app`. Holds nothing else."""

from mediation.app import create_app

app = create_app()
