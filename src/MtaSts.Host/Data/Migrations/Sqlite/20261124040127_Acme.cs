using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace MtaSts.Host.Data.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class Acme : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "AccountUrl",
                table: "certificates",
                type: "TEXT",
                maxLength: 500,
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "CertificateId",
                table: "certificates",
                type: "TEXT",
                maxLength: 200,
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "Directory",
                table: "certificates",
                type: "TEXT",
                maxLength: 500,
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "Origin",
                table: "certificates",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<long>(
                name: "RevokedAt",
                table: "certificates",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "acme_registrations",
                columns: table => new
                {
                    Directory = table.Column<string>(type: "TEXT", maxLength: 500, nullable: false),
                    AccountUrl = table.Column<string>(type: "TEXT", maxLength: 500, nullable: true),
                    SealedKey = table.Column<byte[]>(type: "BLOB", nullable: false),
                    SealedNextKey = table.Column<byte[]>(type: "BLOB", nullable: true),
                    State = table.Column<int>(type: "INTEGER", nullable: false),
                    Reason = table.Column<string>(type: "TEXT", maxLength: 2000, nullable: true),
                    TermsOfService = table.Column<string>(type: "TEXT", nullable: true),
                    CreatedAt = table.Column<long>(type: "INTEGER", nullable: false),
                    Since = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_acme_registrations", x => x.Directory);
                });

            migrationBuilder.CreateTable(
                name: "ca_conditions",
                columns: table => new
                {
                    Directory = table.Column<string>(type: "TEXT", maxLength: 500, nullable: false),
                    Failures = table.Column<int>(type: "INTEGER", nullable: false),
                    LastHost = table.Column<string>(type: "TEXT", maxLength: 253, nullable: true),
                    Openings = table.Column<int>(type: "INTEGER", nullable: false),
                    OpenSince = table.Column<long>(type: "INTEGER", nullable: true),
                    ProbeAt = table.Column<long>(type: "INTEGER", nullable: true),
                    LimitedUntil = table.Column<long>(type: "INTEGER", nullable: true),
                    Limitings = table.Column<int>(type: "INTEGER", nullable: false),
                    Reason = table.Column<string>(type: "TEXT", maxLength: 2000, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_ca_conditions", x => x.Directory);
                });

            migrationBuilder.CreateTable(
                name: "certificate_jobs",
                columns: table => new
                {
                    HostName = table.Column<string>(type: "TEXT", maxLength: 253, nullable: false, collation: "BINARY"),
                    State = table.Column<int>(type: "INTEGER", nullable: false),
                    Since = table.Column<long>(type: "INTEGER", nullable: false),
                    DueAt = table.Column<long>(type: "INTEGER", nullable: false),
                    Priority = table.Column<int>(type: "INTEGER", nullable: false),
                    Ca = table.Column<int>(type: "INTEGER", nullable: false),
                    Failures = table.Column<int>(type: "INTEGER", nullable: false),
                    CaFailures = table.Column<int>(type: "INTEGER", nullable: false),
                    HasNewKey = table.Column<bool>(type: "INTEGER", nullable: false),
                    UnreachableSince = table.Column<long>(type: "INTEGER", nullable: true),
                    ReasonCode = table.Column<string>(type: "TEXT", maxLength: 100, nullable: true),
                    Reason = table.Column<string>(type: "TEXT", maxLength: 2000, nullable: true),
                    Problem = table.Column<string>(type: "TEXT", maxLength: 8000, nullable: true),
                    LastAttemptAt = table.Column<long>(type: "INTEGER", nullable: true),
                    LastIssuedAt = table.Column<long>(type: "INTEGER", nullable: true),
                    RenewNow = table.Column<bool>(type: "INTEGER", nullable: false),
                    IsRevoked = table.Column<bool>(type: "INTEGER", nullable: false),
                    Jitter = table.Column<double>(type: "REAL", nullable: false),
                    RenewAt = table.Column<long>(type: "INTEGER", nullable: true),
                    AriCertificateId = table.Column<string>(type: "TEXT", nullable: true),
                    AriStart = table.Column<long>(type: "INTEGER", nullable: true),
                    AriEnd = table.Column<long>(type: "INTEGER", nullable: true),
                    AriCheckAt = table.Column<long>(type: "INTEGER", nullable: true),
                    AriExplanation = table.Column<string>(type: "TEXT", nullable: true),
                    PreflightAt = table.Column<long>(type: "INTEGER", nullable: true),
                    PreflightReport = table.Column<string>(type: "TEXT", nullable: true),
                    Step = table.Column<int>(type: "INTEGER", nullable: false),
                    Directory = table.Column<string>(type: "TEXT", nullable: true),
                    AccountUrl = table.Column<string>(type: "TEXT", nullable: true),
                    OrderUrl = table.Column<string>(type: "TEXT", nullable: true),
                    OrderedAt = table.Column<long>(type: "INTEGER", nullable: true),
                    SealedKey = table.Column<byte[]>(type: "BLOB", nullable: true),
                    CertificateUrl = table.Column<string>(type: "TEXT", nullable: true),
                    LeaseOwner = table.Column<string>(type: "TEXT", maxLength: 32, nullable: true),
                    LeaseUntil = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_certificate_jobs", x => x.HostName);
                });

            migrationBuilder.CreateTable(
                name: "challenge_answers",
                columns: table => new
                {
                    HostName = table.Column<string>(type: "TEXT", maxLength: 253, nullable: false, collation: "BINARY"),
                    Token = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false, collation: "BINARY"),
                    Type = table.Column<string>(type: "TEXT", maxLength: 20, nullable: false),
                    KeyAuthorization = table.Column<string>(type: "TEXT", maxLength: 300, nullable: false),
                    CreatedAt = table.Column<long>(type: "INTEGER", nullable: false),
                    ExpiresAt = table.Column<long>(type: "INTEGER", nullable: false),
                    InDnsSince = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_challenge_answers", x => new { x.HostName, x.Token });
                });

            migrationBuilder.CreateTable(
                name: "issuance_buckets",
                columns: table => new
                {
                    Name = table.Column<string>(type: "TEXT", maxLength: 800, nullable: false),
                    Tokens = table.Column<double>(type: "REAL", nullable: false),
                    At = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_issuance_buckets", x => x.Name);
                });

            migrationBuilder.CreateIndex(
                name: "IX_certificates_CreatedAt",
                table: "certificates",
                column: "CreatedAt");

            migrationBuilder.CreateIndex(
                name: "ix_certificates_dates",
                table: "certificates",
                columns: new[] { "NotAfter", "NotBefore", "RevokedAt", "HostName" });

            migrationBuilder.CreateIndex(
                name: "IX_certificate_jobs_State_DueAt",
                table: "certificate_jobs",
                columns: new[] { "State", "DueAt" });

            migrationBuilder.CreateIndex(
                name: "IX_certificate_jobs_State_HostName",
                table: "certificate_jobs",
                columns: new[] { "State", "HostName" });

            migrationBuilder.CreateIndex(
                name: "IX_certificate_jobs_State_Priority_DueAt",
                table: "certificate_jobs",
                columns: new[] { "State", "Priority", "DueAt" });

            migrationBuilder.CreateIndex(
                name: "IX_certificate_jobs_State_RenewAt",
                table: "certificate_jobs",
                columns: new[] { "State", "RenewAt" });

            migrationBuilder.CreateIndex(
                name: "IX_challenge_answers_ExpiresAt",
                table: "challenge_answers",
                column: "ExpiresAt");

            migrationBuilder.CreateIndex(
                name: "IX_issuance_buckets_At",
                table: "issuance_buckets",
                column: "At");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "acme_registrations");

            migrationBuilder.DropTable(
                name: "ca_conditions");

            migrationBuilder.DropTable(
                name: "certificate_jobs");

            migrationBuilder.DropTable(
                name: "challenge_answers");

            migrationBuilder.DropTable(
                name: "issuance_buckets");

            migrationBuilder.DropIndex(
                name: "IX_certificates_CreatedAt",
                table: "certificates");

            migrationBuilder.DropIndex(
                name: "ix_certificates_dates",
                table: "certificates");

            migrationBuilder.DropColumn(
                name: "AccountUrl",
                table: "certificates");

            migrationBuilder.DropColumn(
                name: "CertificateId",
                table: "certificates");

            migrationBuilder.DropColumn(
                name: "Directory",
                table: "certificates");

            migrationBuilder.DropColumn(
                name: "Origin",
                table: "certificates");

            migrationBuilder.DropColumn(
                name: "RevokedAt",
                table: "certificates");
        }
    }
}
