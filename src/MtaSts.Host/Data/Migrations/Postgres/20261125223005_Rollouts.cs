using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace MtaSts.Host.Data.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class Rollouts : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "rollouts",
                columns: table => new
                {
                    DomainId = table.Column<long>(type: "bigint", nullable: false),
                    WantedMaxAge = table.Column<int>(type: "integer", nullable: false),
                    TestingDays = table.Column<int>(type: "integer", nullable: false),
                    StageDays = table.Column<int>(type: "integer", nullable: false),
                    State = table.Column<int>(type: "integer", nullable: false),
                    Stage = table.Column<int>(type: "integer", nullable: false),
                    StartedBy = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    StartedAt = table.Column<long>(type: "bigint", nullable: false),
                    StageSince = table.Column<long>(type: "bigint", nullable: false),
                    DaySince = table.Column<long>(type: "bigint", nullable: true),
                    WeekSince = table.Column<long>(type: "bigint", nullable: true),
                    WantedSince = table.Column<long>(type: "bigint", nullable: true),
                    Code = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: true),
                    Reason = table.Column<string>(type: "character varying(1000)", maxLength: 1000, nullable: true),
                    StateSince = table.Column<long>(type: "bigint", nullable: false),
                    Accepted = table.Column<string>(type: "text", nullable: true),
                    AcceptedAt = table.Column<long>(type: "bigint", nullable: true),
                    NextLookAt = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_rollouts", x => x.DomainId);
                });

            migrationBuilder.CreateIndex(
                name: "IX_rollouts_State_NextLookAt",
                table: "rollouts",
                columns: new[] { "State", "NextLookAt" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "rollouts");
        }
    }
}
