"""The pictures in ``screenshots/``: every screen and dialog at three sizes, made from the demo."""
