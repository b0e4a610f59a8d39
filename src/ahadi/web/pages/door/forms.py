"""What is typed at the door."""

from django import forms


class SignInForm(forms.Form):
    """A login and a password; whether they fit is decided elsewhere."""

    login = forms.CharField(max_length=150)
    password = forms.CharField(max_length=1024, strip=False)
