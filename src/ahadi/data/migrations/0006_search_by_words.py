"""What people are found by: words of names and numbers, and whose words changed."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("data", "0005_contacts_pass_the_gate"),
    ]

    operations = [
        migrations.CreateModel(
            name="SearchDue",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("act_id", models.BigIntegerField()),
                ("party_id", models.BigIntegerField(null=True)),
                ("is_done", models.BooleanField(db_default=False)),
            ],
            options={
                "db_table": "search_due",
                "indexes": [
                    models.Index(condition=models.Q(("is_done", False)), fields=["id"], name="search_due_open")
                ],
            },
        ),
        migrations.CreateModel(
            name="SearchEntry",
            fields=[
                (
                    "party",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="data.party",
                    ),
                ),
                ("words", django.contrib.postgres.search.SearchVectorField()),
            ],
            options={
                "db_table": "search_entry",
                "indexes": [django.contrib.postgres.indexes.GinIndex(fields=["words"], name="search_entry_words")],
            },
        ),
        migrations.CreateModel(
            name="SearchWord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("word", models.CharField(max_length=300)),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="data.organisation",
                    ),
                ),
            ],
            options={
                "db_table": "search_word",
                "constraints": [models.UniqueConstraint(fields=("organisation", "word"), name="search_word_once")],
            },
        ),
    ]
