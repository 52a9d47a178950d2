import uuid
from decimal import Decimal

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import applications.models.evidence


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Question",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "number",
                    models.PositiveSmallIntegerField(
                        validators=[django.core.validators.MinValueValidator(1)], verbose_name="number"
                    ),
                ),
                ("heading_sv", models.CharField(max_length=60, verbose_name="short heading (Swedish)")),
                ("heading_en", models.CharField(max_length=60, verbose_name="short heading (English)")),
                ("text_sv", models.TextField(verbose_name="question (Swedish)")),
                ("text_en", models.TextField(verbose_name="question (English)")),
                ("why_sv", models.TextField(blank=True, verbose_name="why it is asked (Swedish)")),
                ("why_en", models.TextField(blank=True, verbose_name="why it is asked (English)")),
                (
                    "good_answer_sv",
                    models.TextField(
                        blank=True, verbose_name="what a good answer has, a point a line (Swedish)"
                    ),
                ),
                (
                    "good_answer_en",
                    models.TextField(
                        blank=True, verbose_name="what a good answer has, a point a line (English)"
                    ),
                ),
                (
                    "evidence_hint_sv",
                    models.TextField(
                        blank=True, verbose_name="evidence that counts, a point a line (Swedish)"
                    ),
                ),
                (
                    "evidence_hint_en",
                    models.TextField(
                        blank=True, verbose_name="evidence that counts, a point a line (English)"
                    ),
                ),
                (
                    "max_words",
                    models.PositiveSmallIntegerField(
                        default=600,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(3000),
                        ],
                        verbose_name="longest answer (words)",
                    ),
                ),
                (
                    "weight",
                    models.DecimalField(
                        decimal_places=2, default=Decimal("1"), max_digits=4, verbose_name="weight"
                    ),
                ),
                (
                    "minimum",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (0, "missing"),
                            (1, "started"),
                            (2, "partly"),
                            (3, "fulfilled"),
                            (4, "exemplary"),
                        ],
                        default=2,
                        verbose_name="lowest points to pass",
                    ),
                ),
                ("evidence_required", models.BooleanField(default=False, verbose_name="evidence required")),
            ],
            options={
                "verbose_name": "question",
                "verbose_name_plural": "questions",
                "ordering": ["questionnaire", "number"],
            },
        ),
        migrations.CreateModel(
            name="Application",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "reference",
                    models.CharField(editable=False, max_length=20, unique=True, verbose_name="reference"),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("submitted", "Submitted"),
                            ("in_review", "In review"),
                            ("completion_requested", "Completion requested"),
                            ("ready_for_decision", "Ready for decision"),
                            ("approved", "Approved"),
                            ("declined", "Not yet approved"),
                            ("withdrawn", "Withdrawn"),
                            ("lapsed", "Lapsed"),
                        ],
                        default="draft",
                        editable=False,
                        max_length=24,
                        verbose_name="status",
                    ),
                ),
                ("area", models.CharField(max_length=80, verbose_name="town centre")),
                ("holder", models.CharField(max_length=120, verbose_name="holder of the certificate")),
                ("spokesperson", models.CharField(blank=True, max_length=120, verbose_name="spokesperson")),
                (
                    "spokesperson_title",
                    models.CharField(blank=True, max_length=160, verbose_name="title and department"),
                ),
                ("reviews_required", models.PositiveSmallIntegerField(verbose_name="reviews required")),
                ("round", models.PositiveSmallIntegerField(default=1, editable=False, verbose_name="round")),
                ("is_example", models.BooleanField(default=False, editable=False, verbose_name="example")),
                ("created_at", models.DateTimeField(verbose_name="started")),
                ("status_since", models.DateTimeField(verbose_name="in this status since")),
                ("touched_at", models.DateTimeField(verbose_name="last changed by the applicant")),
                (
                    "reminded_at",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="reminded"),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="started by",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        to="members.organisation",
                        verbose_name="applicant",
                    ),
                ),
            ],
            options={
                "verbose_name": "application",
                "verbose_name_plural": "applications",
                "ordering": ["-created_at"],
                "permissions": [
                    ("assign_application", "Can assign advisors"),
                    ("review_application", "Can review applications"),
                    ("decide_application", "Can decide applications"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Assignment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("assigned_at", models.DateTimeField(verbose_name="assigned")),
                (
                    "has_conflict",
                    models.BooleanField(default=None, null=True, verbose_name="has a conflict of interest"),
                ),
                ("declared_at", models.DateTimeField(blank=True, null=True, verbose_name="declared")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended")),
                (
                    "advisor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assignments",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="advisor",
                    ),
                ),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        to="applications.application",
                        verbose_name="application",
                    ),
                ),
                (
                    "assigned_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="assigned by",
                    ),
                ),
            ],
            options={
                "verbose_name": "assignment",
                "verbose_name_plural": "assignments",
                "ordering": ["assigned_at", "id"],
            },
        ),
        migrations.CreateModel(
            name="CompletionRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("requested_at", models.DateTimeField()),
                ("due_on", models.DateField(verbose_name="complete by")),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="applications.application"
                    ),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "completion request",
                "verbose_name_plural": "completion requests",
                "ordering": ["requested_at"],
            },
        ),
        migrations.CreateModel(
            name="Decision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("round", models.PositiveSmallIntegerField(verbose_name="round")),
                (
                    "outcome",
                    models.CharField(
                        choices=[("approved", "Approved"), ("declined", "Not yet approved")],
                        max_length=10,
                        verbose_name="outcome",
                    ),
                ),
                ("reasons", models.TextField(verbose_name="reasons")),
                (
                    "override_reason",
                    models.TextField(blank=True, verbose_name="reason for approving against the rule"),
                ),
                (
                    "percent",
                    models.DecimalField(
                        decimal_places=2, max_digits=5, verbose_name="share of the weighted points (%)"
                    ),
                ),
                ("meets_rule", models.BooleanField(verbose_name="meets the pass rule")),
                ("decided_at", models.DateTimeField(verbose_name="decided")),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        to="applications.application",
                        verbose_name="application",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="decided by",
                    ),
                ),
            ],
            options={
                "verbose_name": "decision",
                "verbose_name_plural": "decisions",
                "ordering": ["application", "round"],
            },
        ),
        migrations.CreateModel(
            name="Certificate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "number",
                    models.CharField(editable=False, max_length=20, unique=True, verbose_name="number"),
                ),
                (
                    "code",
                    models.CharField(
                        editable=False, max_length=14, unique=True, verbose_name="verification code"
                    ),
                ),
                ("holder", models.CharField(editable=False, max_length=120, verbose_name="holder")),
                ("area", models.CharField(editable=False, max_length=80, verbose_name="town centre")),
                ("issued_on", models.DateField(editable=False, verbose_name="issued")),
                ("valid_through", models.DateField(editable=False, verbose_name="valid through")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("valid", "Valid"),
                            ("suspended", "Suspended"),
                            ("revoked", "Revoked"),
                            ("superseded", "Superseded"),
                        ],
                        default="valid",
                        editable=False,
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                ("status_reason", models.TextField(blank=True, editable=False, verbose_name="reason")),
                (
                    "document",
                    models.FileField(
                        blank=True, editable=False, max_length=200, upload_to="", verbose_name="document"
                    ),
                ),
                ("sha256", models.CharField(blank=True, editable=False, max_length=64)),
                ("is_example", models.BooleanField(default=False, editable=False, verbose_name="example")),
                (
                    "decision",
                    models.OneToOneField(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="applications.decision",
                    ),
                ),
            ],
            options={
                "verbose_name": "certificate",
                "verbose_name_plural": "certificates",
                "ordering": ["-issued_on", "-id"],
                "permissions": [("issue_certificate", "Can suspend, resume and revoke certificates")],
            },
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sequence", models.PositiveIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("started", "Application started"),
                            ("evidence_added", "Evidence added"),
                            ("evidence_removed", "Evidence removed"),
                            ("submitted", "Application submitted"),
                            ("assigned", "Advisor assigned"),
                            ("review_started", "Review started"),
                            ("no_conflict", "Advisor declared no conflict of interest"),
                            ("conflict", "Advisor declared a conflict of interest"),
                            ("review_submitted", "Review submitted"),
                            ("reviews_complete", "All reviews are in"),
                            ("completion_requested", "Completion requested"),
                            ("resubmitted", "Completed application submitted"),
                            ("further_review", "Further review requested"),
                            ("approved", "Application approved"),
                            ("declined", "Application not yet approved"),
                            ("withdrawn", "Application withdrawn"),
                            ("lapsed", "Application lapsed"),
                            ("appeal_upheld", "Appeal upheld"),
                            ("certificate_rendered", "Certificate document made"),
                            ("certificate_suspended", "Certificate suspended"),
                            ("certificate_resumed", "Certificate resumed"),
                            ("certificate_revoked", "Certificate revoked"),
                        ],
                        max_length=24,
                        verbose_name="what happened",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="when")),
                ("data", models.JSONField(default=dict)),
                ("previous", models.CharField(blank=True, max_length=64)),
                ("sha256", models.CharField(max_length=64)),
                (
                    "actor",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="who",
                    ),
                ),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="applications.application"
                    ),
                ),
            ],
            options={
                "verbose_name": "event",
                "verbose_name_plural": "events",
                "ordering": ["application", "sequence"],
            },
        ),
        migrations.CreateModel(
            name="CompletionPoint",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.TextField(verbose_name="what to complete")),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="points",
                        to="applications.completionrequest",
                    ),
                ),
                (
                    "question",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="applications.question"
                    ),
                ),
            ],
            options={
                "verbose_name": "completion point",
                "verbose_name_plural": "completion points",
                "ordering": ["request", "question__number"],
            },
        ),
        migrations.CreateModel(
            name="Answer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.TextField(blank=True, verbose_name="answer")),
                (
                    "rating",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        choices=[
                            (0, "missing"),
                            (1, "started"),
                            (2, "partly"),
                            (3, "fulfilled"),
                            (4, "exemplary"),
                        ],
                        null=True,
                        verbose_name="self-rating",
                    ),
                ),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "updated_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to="applications.application"
                    ),
                ),
                (
                    "question",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="applications.question"
                    ),
                ),
            ],
            options={
                "verbose_name": "answer",
                "verbose_name_plural": "answers",
                "ordering": ["question__number"],
            },
        ),
        migrations.CreateModel(
            name="Questionnaire",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.PositiveIntegerField(unique=True, verbose_name="version")),
                ("title_sv", models.CharField(max_length=120, verbose_name="title (Swedish)")),
                ("title_en", models.CharField(max_length=120, verbose_name="title (English)")),
                ("published_at", models.DateTimeField(blank=True, null=True, verbose_name="published")),
                (
                    "pass_percent",
                    models.PositiveSmallIntegerField(
                        default=60,
                        validators=[django.core.validators.MaxValueValidator(100)],
                        verbose_name="share of the weighted points needed to pass (%)",
                    ),
                ),
                (
                    "reviews_required",
                    models.PositiveSmallIntegerField(
                        default=2,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(9),
                        ],
                        verbose_name="independent reviews required",
                    ),
                ),
                (
                    "validity_months",
                    models.PositiveSmallIntegerField(
                        default=36,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(120),
                        ],
                        verbose_name="months a certificate is valid",
                    ),
                ),
                (
                    "completion_days",
                    models.PositiveSmallIntegerField(
                        default=28,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(365),
                        ],
                        verbose_name="days to complete an application",
                    ),
                ),
                (
                    "lapse_months",
                    models.PositiveSmallIntegerField(
                        default=12,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(120),
                        ],
                        verbose_name="months until an untouched draft or completion lapses",
                    ),
                ),
            ],
            options={
                "verbose_name": "questionnaire",
                "verbose_name_plural": "questionnaires",
                "ordering": ["-version"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("pass_percent__lte", 100)),
                        name="questionnaire_pass_percent_range",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reviews_required__range", (1, 9))),
                        name="questionnaire_reviews_range",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("validity_months__range", (1, 120))),
                        name="questionnaire_validity_range",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("completion_days__range", (1, 365))),
                        name="questionnaire_days_range",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("lapse_months__range", (1, 120))),
                        name="questionnaire_lapse_range",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="question",
            name="questionnaire",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                to="applications.questionnaire",
                verbose_name="questionnaire",
            ),
        ),
        migrations.AddField(
            model_name="application",
            name="questionnaire",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                to="applications.questionnaire",
                verbose_name="questionnaire",
            ),
        ),
        migrations.CreateModel(
            name="Review",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("summary", models.TextField(blank=True, verbose_name="overall comment to the applicant")),
                ("saved_at", models.DateTimeField(auto_now=True, verbose_name="saved")),
                (
                    "submitted_at",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="submitted"),
                ),
                (
                    "assignment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="applications.assignment"
                    ),
                ),
            ],
            options={
                "verbose_name": "review",
                "verbose_name_plural": "reviews",
                "ordering": ["submission", "id"],
            },
        ),
        migrations.CreateModel(
            name="RubricLevel",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "level",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (0, "missing"),
                            (1, "started"),
                            (2, "partly"),
                            (3, "fulfilled"),
                            (4, "exemplary"),
                        ],
                        verbose_name="level",
                    ),
                ),
                ("text_sv", models.CharField(max_length=300, verbose_name="description (Swedish)")),
                ("text_en", models.CharField(max_length=300, verbose_name="description (English)")),
                (
                    "question",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rubric",
                        to="applications.question",
                        verbose_name="question",
                    ),
                ),
            ],
            options={
                "verbose_name": "rubric level",
                "verbose_name_plural": "rubric levels",
                "ordering": ["question", "level"],
            },
        ),
        migrations.CreateModel(
            name="Score",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "points",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        choices=[
                            (0, "missing"),
                            (1, "started"),
                            (2, "partly"),
                            (3, "fulfilled"),
                            (4, "exemplary"),
                        ],
                        null=True,
                        verbose_name="points",
                    ),
                ),
                ("comment", models.TextField(blank=True, verbose_name="comment to the applicant")),
                (
                    "question",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="applications.question"
                    ),
                ),
                (
                    "review",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="scores",
                        to="applications.review",
                    ),
                ),
            ],
            options={
                "verbose_name": "score",
                "verbose_name_plural": "scores",
                "ordering": ["review", "question__number"],
            },
        ),
        migrations.CreateModel(
            name="Series",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=12)),
                ("year", models.PositiveSmallIntegerField()),
                ("last", models.PositiveIntegerField(default=0)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("name", "year"), name="series_unique")],
            },
        ),
        migrations.CreateModel(
            name="Submission",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("content", models.JSONField()),
                ("sha256", models.CharField(max_length=64)),
                ("submitted_at", models.DateTimeField()),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="applications.application"
                    ),
                ),
                (
                    "submitted_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "submission",
                "verbose_name_plural": "submissions",
                "ordering": ["application", "number"],
            },
        ),
        migrations.AddField(
            model_name="review",
            name="submission",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, to="applications.submission"
            ),
        ),
        migrations.CreateModel(
            name="Evidence",
            fields=[
                (
                    "uuid",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "file",
                    models.FileField(max_length=200, upload_to=applications.models.evidence.evidence_path),
                ),
                ("name", models.CharField(max_length=200, verbose_name="file name")),
                ("content_type", models.CharField(max_length=100, verbose_name="type")),
                ("size", models.PositiveBigIntegerField(verbose_name="size (bytes)")),
                ("sha256", models.CharField(max_length=64)),
                ("uploaded_at", models.DateTimeField(auto_now_add=True)),
                ("removed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="evidence",
                        to="applications.application",
                    ),
                ),
                (
                    "uploaded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "question",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="applications.question"
                    ),
                ),
                (
                    "first_submission",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="applications.submission",
                    ),
                ),
            ],
            options={
                "verbose_name": "evidence",
                "verbose_name_plural": "evidence",
                "ordering": ["uploaded_at", "uuid"],
            },
        ),
        migrations.AddField(
            model_name="decision",
            name="submission",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                to="applications.submission",
                verbose_name="submission",
            ),
        ),
        migrations.AddField(
            model_name="completionrequest",
            name="answered_by",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="applications.submission",
            ),
        ),
        migrations.AddConstraint(
            model_name="assignment",
            constraint=models.UniqueConstraint(
                fields=("application", "advisor"), name="assignment_once_per_advisor"
            ),
        ),
        migrations.AddConstraint(
            model_name="assignment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("declared_at__isnull", True), ("has_conflict__isnull", True)),
                    models.Q(("declared_at__isnull", False), ("has_conflict__isnull", False)),
                    _connector="OR",
                ),
                name="assignment_declared_when",
            ),
        ),
        migrations.AddIndex(
            model_name="certificate",
            index=models.Index(fields=["status", "valid_through"], name="certificate_register"),
        ),
        migrations.AddConstraint(
            model_name="certificate",
            constraint=models.CheckConstraint(
                condition=models.Q(("valid_through__gt", models.F("issued_on"))), name="certificate_dates"
            ),
        ),
        migrations.AddConstraint(
            model_name="certificate",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("status__in", ["valid", "superseded"]),
                    models.Q(("status_reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="certificate_reason_given",
            ),
        ),
        migrations.AddConstraint(
            model_name="certificate",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("document", ""), ("sha256", "")),
                    models.Q(
                        models.Q(("document", ""), _negated=True), models.Q(("sha256", ""), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="certificate_document_hashed",
            ),
        ),
        migrations.AddConstraint(
            model_name="event",
            constraint=models.UniqueConstraint(
                fields=("application", "sequence"), name="event_sequence_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="completionpoint",
            constraint=models.UniqueConstraint(fields=("request", "question"), name="completion_point_once"),
        ),
        migrations.AddConstraint(
            model_name="completionpoint",
            constraint=models.CheckConstraint(
                condition=models.Q(("text", ""), _negated=True), name="completion_point_has_text"
            ),
        ),
        migrations.AddConstraint(
            model_name="answer",
            constraint=models.UniqueConstraint(
                fields=("application", "question"), name="answer_one_per_question"
            ),
        ),
        migrations.AddConstraint(
            model_name="answer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("rating__isnull", True), ("rating__in", (0, 1, 2, 3, 4)), _connector="OR"
                ),
                name="answer_rating_on_scale",
            ),
        ),
        migrations.AddConstraint(
            model_name="question",
            constraint=models.UniqueConstraint(
                fields=("questionnaire", "number"), name="question_number_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="question",
            constraint=models.CheckConstraint(
                condition=models.Q(("weight__gt", 0)), name="question_weight_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="question",
            constraint=models.CheckConstraint(
                condition=models.Q(("max_words__range", (1, 3000))), name="question_max_words_range"
            ),
        ),
        migrations.AddConstraint(
            model_name="question",
            constraint=models.CheckConstraint(
                condition=models.Q(("minimum__in", (0, 1, 2, 3, 4))), name="question_minimum_on_scale"
            ),
        ),
        migrations.AddIndex(
            model_name="application",
            index=models.Index(fields=["status", "status_since"], name="application_queue"),
        ),
        migrations.AddIndex(
            model_name="application",
            index=models.Index(fields=["organisation", "-created_at"], name="application_by_organisation"),
        ),
        migrations.AddIndex(
            model_name="application",
            index=models.Index(fields=["-created_at"], name="application_newest"),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "status__in",
                        [
                            "draft",
                            "submitted",
                            "in_review",
                            "completion_requested",
                            "ready_for_decision",
                            "approved",
                            "declined",
                            "withdrawn",
                            "lapsed",
                        ],
                    )
                ),
                name="application_status_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(
                condition=models.Q(("reviews_required__gte", 1)), name="application_needs_a_review"
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    (
                        "status__in",
                        ["draft", "submitted", "in_review", "completion_requested", "ready_for_decision"],
                    )
                ),
                fields=("organisation", "area"),
                name="application_one_open_per_area",
            ),
        ),
        migrations.AddConstraint(
            model_name="rubriclevel",
            constraint=models.UniqueConstraint(
                fields=("question", "level"), name="rubric_one_text_per_level"
            ),
        ),
        migrations.AddConstraint(
            model_name="rubriclevel",
            constraint=models.CheckConstraint(
                condition=models.Q(("level__in", (0, 1, 2, 3, 4))), name="rubric_level_on_scale"
            ),
        ),
        migrations.AddConstraint(
            model_name="score",
            constraint=models.UniqueConstraint(fields=("review", "question"), name="score_one_per_question"),
        ),
        migrations.AddConstraint(
            model_name="score",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("points__isnull", True), ("points__in", (0, 1, 2, 3, 4)), _connector="OR"
                ),
                name="score_points_on_scale",
            ),
        ),
        migrations.AddConstraint(
            model_name="submission",
            constraint=models.UniqueConstraint(
                fields=("application", "number"), name="submission_number_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.UniqueConstraint(
                fields=("assignment", "submission"), name="review_one_per_submission"
            ),
        ),
        migrations.AddIndex(
            model_name="evidence",
            index=models.Index(fields=["application", "question"], name="evidence_by_question"),
        ),
        migrations.AddConstraint(
            model_name="evidence",
            constraint=models.CheckConstraint(condition=models.Q(("size__gt", 0)), name="evidence_not_empty"),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.UniqueConstraint(
                fields=("application", "round"), name="decision_one_per_round"
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(("reasons", ""), _negated=True), name="decision_has_reasons"
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(("outcome__in", ["approved", "declined"])), name="decision_outcome_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("outcome", "declined"),
                    ("meets_rule", True),
                    models.Q(("override_reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="decision_override_has_reason",
            ),
        ),
    ]
